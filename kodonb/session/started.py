"""Who wants to know of the runs that this process starts, and of failures that it is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodonb.session.run import Run

Watcher = Callable[["Run"], Any]

_watchers: list[tuple[Watcher, Watcher]] = []


def watch_runs(started: Watcher, failed: Watcher) -> None:
    """Have functions called from now on; they must return soon.

    Args:
        started: Called with each run that this process starts.
        failed: Called with each run whose failure is raised in this process.
    """
    _watchers.append((started, failed))


def started(run: Run) -> Run:
    """Tell of a run, and return it."""
    for watcher, _ in _watchers:
        watcher(run)
    return run


def failed(run: Run) -> None:
    """Tell that somebody learns of a run's failure."""
    for _, watcher in _watchers:
        watcher(run)
