"""Who wants to know of the runs that this process starts, and for which it waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodonb.session.run import Run

Watcher = Callable[["Run"], Any]

_watchers: list[tuple[Watcher, Watcher]] = []


def watch_runs(started: Watcher, awaited: Watcher) -> None:
    """Have functions called from now on; they must return soon.

    Args:
        started: Called with each run that this process starts.
        awaited: Called with each run whose end somebody in this process has waited for.
    """
    _watchers.append((started, awaited))


def started(run: Run) -> Run:
    """Tell of a run, and return it."""
    for watcher, _ in _watchers:
        watcher(run)
    return run


def awaited(run: Run) -> Run:
    """Tell that somebody has waited for a run's end, and so learns of it; return the run."""
    for _, watcher in _watchers:
        watcher(run)
    return run
