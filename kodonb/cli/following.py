"""Following a run to its end, and what becomes of it when the follower goes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, Final

from kodonb.cli import codes
from kodonb.cli.client import outlives
from kodonb.cli.output import Output
from kodonb.cli.results import printed, result
from kodonb.cli.viewers import Take, viewer
from kodonb.model.errors import RunError, RunFailed, RunTimeout
from kodonb.session.run import GRACE, Run

Watch = Callable[[str, Output], AbstractContextManager[Take]]
Conclude = Callable[[Run, Output], int]

_MARGIN: Final = 10.0  # seconds for the news of an end that was forced


def accompany(
    run: Run, args: argparse.Namespace, out: Output, watch: Watch = viewer, conclude: Conclude | None = None
) -> int:
    """Show a run until it has ended.

    Args:
        run: The run.
        args: `detach`, `timeout` and `on_interrupt` are looked at.
        out: Where to show it.
        watch: Holds what shows its events.
        conclude: Tells its result, and returns the exit code; called when it has finished.

    Returns:
        The exit code; when time is up, a run on a cluster goes on all the same.
    """
    if args.detach:
        out.say(run.id, _about(run))
        return codes.OK
    try:
        _follow(run, args.timeout, out, watch)
        if run.status != "finished":
            run.result()  # raises what it failed with
        return (conclude or _conclude)(run, out)
    except KeyboardInterrupt:
        return _interrupted(run, args.on_interrupt, out)
    except (RunFailed, RunTimeout) as error:
        out.error(error, **_about(run))
        return codes.exit_code(error)


def _follow(run: Run, timeout: float | None, out: Output, watch: Watch) -> None:
    try:
        with watch(run.id, out) as take:
            for events in run.events().within(timeout).batches():
                take(events)
    except RunTimeout:
        way = (
            _come_back(run) if outlives(run.session) else "give it more time; here it ends with this command"
        )
        raise RunTimeout(f"run {run.id} has not ended after {timeout:g} s", remedy=way) from None


def _come_back(run: Run) -> str:
    return f"it goes on: see it with kodonb events {run.id} --follow, end it with kodonb cancel {run.id}"


def _conclude(run: Run, out: Output) -> int:
    value = result(run)
    out.say(f"result: {printed(value)}", {**_about(run), "result": value})
    return codes.OK


def _about(run: Run) -> dict[str, Any]:
    record = run.record
    return {"run": run.id, "flow": record.flow, "status": record.status}


def _interrupted(run: Run, policy: str, out: Output) -> int:
    if policy == "cancel" or not outlives(run.session):
        end(run, GRACE)
        out.note(f"interrupted; run {run.id} is {run.status}")
    else:
        out.note(f"interrupted; run {run.id} goes on")
        out.note(_come_back(run))
    if out.json:
        out.document(_about(run))
    return codes.INTERRUPTED


def end(run: Run, grace: float) -> None:
    """Cancel a run and wait until it has ended.

    Raises:
        RunTimeout: It has not, though nothing more can be done from here.
    """
    with suppress(RunError):  # it may have ended just now
        run.cancel(grace)
    run.wait(grace + _MARGIN)
