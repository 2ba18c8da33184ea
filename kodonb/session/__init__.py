"""How a client reaches runs: the current session, and what can be done with it."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kodonb.events.log import RunQuery
from kodonb.events.query import runs_frame
from kodonb.model.errors import SessionError, UsageError
from kodonb.model.run import RunRecord, made_here, meant
from kodonb.model.settings import deterministic, settings
from kodonb.model.units import seconds
from kodonb.session import names
from kodonb.session.base import Session
from kodonb.session.run import Run
from kodonb.session.started import started
from kodonb.session.submission import Submission, prepare

if TYPE_CHECKING:
    import pandas as pd

    from kodonb.flows.flow import Flow

_PATIENCE: Final = 30.0  # seconds for a launch to be answered
_current: Session | None = None
_guard = threading.RLock()


def connect(session: str | Session | None = None) -> Session:
    """Choose the session in which flows are submitted from now on.

    Args:
        session: ``"inline"`` (this process, no Ray), ``"ray"`` (the local cluster, or the one of
            `KODONB_RAY_ADDRESS`), a session, or `None` for what the settings say.

    Raises:
        UsageError: There is no such session (KN007).
    """
    global _current  # noqa: PLW0603 - the current session is what this module holds
    with _guard:
        made = session if session is not None and not isinstance(session, str) else _open(session)
        disconnect()
        _current = made
    return made


def disconnect() -> None:
    """Let go of the current session; runs on a cluster go on."""
    global _current
    with _guard:
        session, _current = _current, None
    if session is not None:
        session.close()


def current() -> Session:
    """Return the current session; the settings decide which one the first is."""
    with _guard:
        return connect() if _current is None else _current


def _open(name: str | None) -> Session:
    told = settings()
    name = name or told.session
    if name == "inline":
        from kodonb.session.inline import InlineSession  # noqa: PLC0415 - one session is loaded, not all

        return InlineSession(told)
    if name == "ray":
        from kodonb.session.ray.session import RaySession  # noqa: PLC0415 - one session is loaded, not all

        return RaySession(told)
    raise UsageError(f"there is no session {name!r}", code="KN007", remedy="use inline or ray")


def submit(flow: Flow[..., Any], inputs: dict[str, Any], session: Session | None = None) -> Run:
    """Start a run of a flow and return at once.

    Raises:
        InputsError: Values do not fit the flow's form.
        CaptureError: The flow's code cannot leave the notebook.
        SessionError: The session cannot be reached.
    """
    session = session or current()
    submission = prepare(flow, inputs, session.artifacts, session.ready)
    names.remember(submission.module, inspect.unwrap(flow.function).__globals__)
    return start(submission, session)


def start(submission: Submission, session: Session) -> Run:
    """Start a run that is prepared, and return at once.

    Raises:
        SessionError: The session cannot be reached.
    """
    session.submit(submission)
    return started(Run(submission.record.id, session))


async def start_at_hand(submission: Submission, session: Session) -> Run:
    """Start a run that is prepared, in a session that is at hand, without a thread that waits for it.

    Raises:
        SessionError: What carries runs has not answered for half a minute (KN404).
    """
    asked = asyncio.wrap_future(session.submit_later(submission))
    try:
        await asyncio.wait_for(asked, _PATIENCE)
    except TimeoutError:
        raise SessionError(
            f"the launch was not answered for {_PATIENCE:g} s",
            code="KN404",
            where=submission.record.id,
            remedy="look at kodonb status",
        ) from None
    return started(Run(submission.record.id, session))


def attach(run: str, session: Session | None = None) -> Run:
    """Return a run by its id, a unique beginning of it, or ``last``.

    Raises:
        UsageError: There is no such run (KN003), or there are several (KN004).
    """
    session = session or current()
    return Run(session.log.find(meant(run)).id, session)


def select(  # noqa: PLR0917 - filters, any of which may be left out
    flow: str | None = None,
    status: str | Sequence[str] | None = None,
    since: str | float | datetime | None = None,
    tag: str | None = None,
    limit: int | None = 100,
    session: Session | None = None,
    before: str | None = None,
) -> list[RunRecord]:
    """Return what is known of runs, newest first (see `runs`).

    `before` leaves out the run of that id and those after it: what is left is the next page.

    With `KODONB_DETERMINISTIC` these are runs that this process has submitted: others are there or not.
    """
    statuses = (status,) if isinstance(status, str) else tuple(status or ())
    own = deterministic()
    query = RunQuery(
        flow=flow,
        status=statuses,
        since=_microseconds(since),
        tag=tag,
        limit=None if own else limit,
        before=before,
    )
    found = (session or current()).log.runs(query)
    return [run for run in found if made_here(run.id)][:limit] if own else found


def runs(  # noqa: PLR0917 - filters, any of which may be left out
    flow: str | None = None,
    status: str | Sequence[str] | None = None,
    since: str | float | datetime | None = None,
    tag: str | None = None,
    limit: int | None = 100,
    session: Session | None = None,
) -> pd.DataFrame:
    """Return runs, newest first.

    Args:
        flow: Only of this flow.
        status: Only in this status, or one of these.
        since: Only created since then: a time, or how long ago (seconds or ``"2h"``).
        tag: Only with this tag.
        limit: How many at most; `None` for all.
        session: The session to ask; the current one by default.

    Returns:
        Columns `id flow status title tags author user created started ended seconds reason events retry_of`.
    """
    from kodonb.display.steady import steady_record  # noqa: PLC0415 - drawing is loaded when something is shown

    return runs_frame([steady_record(run) for run in select(flow, status, since, tag, limit, session)])


def _microseconds(since: str | float | datetime | None) -> int | None:
    if since is None:
        return None
    if isinstance(since, datetime):
        return int((since if since.tzinfo else since.astimezone(UTC)).timestamp() * 1e6)
    try:
        return int((time.time() - seconds(since)) * 1e6)
    except UsageError:
        try:
            return _microseconds(datetime.fromisoformat(str(since)))
        except ValueError:
            raise UsageError(
                f"{since!r} is not a time",
                code="KN005",
                remedy="write how long ago, such as 2h, or a time such as 2026-01-31T12:00",
            ) from None
