"""Starts runs from a cell, and stays with them or not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from kodonb.magics import awaiting
from kodonb.magics.front import looks
from kodonb.magics.live import follow
from kodonb.magics.output import ShownRun, say
from kodonb.magics.views import show_run
from kodonb.model.run import called

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.session.run import Run


def launch(
    shell: InteractiveShell, start: Callable[[], Run], options: Mapping[str, Any], *, awaited: bool = False
) -> Run | Coroutine[Any, Any, Run]:
    """Start a run and follow it, unless the options say otherwise.

    Args:
        shell: The notebook.
        start: Starts the run.
        options: Values of the options of `%flow run`.
        awaited: Whether the cell awaits what is returned.

    Returns:
        The run, whose picture is shown already; what becomes it where the cell awaits and somebody looks.

    Raises:
        RunFailed: The run ended in an error or was cancelled.
        RunTimeout: It has not ended in time; it goes on.
    """

    def keep(run: Run) -> None:
        if "output" in options:
            shell.user_ns[options["output"]] = run

    watched = looks(shell)
    if awaited and watched:
        return awaiting.launch(start, options, keep)
    started = start()
    run = ShownRun(started.id, started.session)
    keep(run)
    if options.get("detach"):
        say(
            f"run {called(run.id)} started; %flow show {called(run.id)} shows it, %flow cancel {called(run.id)} ends it"
        )
        if watched:
            show_run(run)
    else:
        follow(shell, run, timeout=options.get("timeout"), on_interrupt=options.get("on_interrupt", "detach"))
    return run
