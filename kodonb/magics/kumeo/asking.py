"""What is asked of workflows and their runs, without keeping the notebook's loop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from kodonb import session
from kodonb.kumeo.running import Trial, hops, recorded, run_agent, send
from kodonb.magics.kumeo import texts
from kodonb.magics.kumeo.texts import Known
from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from kodonb.session.run import Run

T = TypeVar("T")


def sent(known: Known, value: Any, subject: str = "", nats: str = "") -> int:
    """Send an event, or each of a list, to the source of a workflow; return how many that were."""
    values = value if isinstance(value, list) else [value]
    written = known.written
    return _apart(
        lambda: send(
            written.text, values, workflow=known.workflow, subject=subject, nats=nats, folder=written.folder
        )
    )


def tried(known: Known, agent: str, value: Any) -> Trial:
    """Return what one agent makes of an event."""
    text, folder = known.written.text, known.written.folder
    return _apart(lambda: run_agent(text, agent, value, workflow=known.workflow, folder=folder))


def run_of(known: Known, name: str | None = None) -> Run:
    """Return a run of a workflow, by default the last.

    Raises:
        UsageError: There is none (KN003).
    """
    if name is not None:
        return session.attach(name)
    found = session.select(flow=known.flow, limit=1)
    if not found:
        others = [name for name in texts.names() if name != known.flow]
        more = f", or name another workflow: --workflow {others[0]}" if others else ""
        raise UsageError(
            f"{known.flow} has not been run yet",
            code="KN003",
            remedy=f"run it with %flow run {known.flow}{more}",
        )
    return session.attach(found[0].id)


def seen(run: Run, agent: str, last: int) -> list[dict[str, Any]]:
    """Return the last events of an agent that a run tells of."""
    return hops(run.events("agent", follow=False), agent, last)


def given(run: Run, agent: str, event: str | None) -> Any:
    """Return what an agent was given, by trace or offset of the event; the last by default."""
    which = int(event) if event is not None and event.isdecimal() else event
    return recorded(run.events(("agent", "error"), follow=False), agent, which)


def _apart(work: Callable[[], T]) -> T:
    """Do something in a thread: it has a loop of its own, and the notebook's is running."""
    with ThreadPoolExecutor(1, thread_name_prefix="kodonb-kumeo") as pool:
        return pool.submit(copy_context().run, work).result()
