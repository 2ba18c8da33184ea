"""Waiting for a run in a cell that awaits it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from kodonb.magics.output import ShownRun, say
from kodonb.magics.views import show_run
from kodonb.model.errors import RunTimeout
from kodonb.model.run import called

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kodonb.session.run import Run


async def launch(start: Callable[[], Run], options: Mapping[str, Any], keep: Callable[[Run], Any]) -> Run:
    """Start a run, show it live and wait for its end.

    Args:
        start: Starts the run.
        options: Values of the options of `%flow run`.
        keep: Called with the run as soon as there is one.

    Returns:
        The run, whose picture is shown already.

    Raises:
        RunFailed: The run ended in an error or was cancelled.
        RunTimeout: It has not ended in time; it goes on.
    """
    started = await asyncio.to_thread(start)
    run = ShownRun(started.id, started.session)
    keep(run)
    widget = show_run(run)
    ended = asyncio.wrap_future(widget.followed)
    try:
        # Shielded: who stops waiting does not stop the view.
        await asyncio.wait_for(asyncio.shield(ended), options.get("timeout"))
    except TimeoutError:
        raise _late(run, options["timeout"]) from None
    except asyncio.CancelledError:
        if options.get("on_interrupt", "detach") == "detach":
            name = called(run.id)
            say(f"detached from run {name}, which goes on: %flow show {name}, or %flow cancel {name}")
            return run
        await asyncio.to_thread(run.cancel)
        await ended
    if run.status != "finished":
        await asyncio.to_thread(run.result)
    return run


def _late(run: Run, timeout: float) -> RunTimeout:
    return RunTimeout(
        f"run {called(run.id)} has not ended in {timeout:g} s; it is {run.status} and goes on",
        remedy=f"come back to it with %flow show {called(run.id)}, or end it with %flow cancel {called(run.id)}",
    )
