"""Starts runs from a cell, and stays with them or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from kodonb.magics.live import follow
from kodonb.magics.output import ShownRun, say

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.session.run import Run


def launch(shell: InteractiveShell, start: Callable[[], Run], options: Mapping[str, Any]) -> Run:
    """Start a run and follow it, unless the options say otherwise.

    Args:
        shell: The notebook.
        start: Starts the run.
        options: Values of the options of `%flow run`.

    Returns:
        The run, whose picture is shown already.

    Raises:
        RunFailed: The run ended in an error or was cancelled.
        RunTimeout: It has not ended in time; it goes on.
    """
    started = start()
    run = ShownRun(started.id, started.session)
    if "output" in options:
        shell.user_ns[options["output"]] = run
    if options.get("detach"):
        say(f"run {run.id} started; %flow show {run.id} shows it, %flow cancel {run.id} ends it")
    else:
        follow(
            shell,
            run,
            timeout=options.get("timeout"),
            on_interrupt=options.get("on_interrupt", "detach"),
        )
    return run
