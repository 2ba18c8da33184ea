"""Who wants to know of the runs that this process starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodonb.session.run import Run

Watcher = Callable[["Run"], Any]

_watchers: list[Watcher] = []


def watch_runs(watcher: Watcher) -> None:
    """Have a function called with each run that this process starts from now on; it must return soon."""
    _watchers.append(watcher)


def started(run: Run) -> Run:
    """Tell of a run, and return it."""
    for watcher in _watchers:
        watcher(run)
    return run
