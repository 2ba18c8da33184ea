"""Commits events and hands them to those who follow, in one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from kodonb.events.log import Commit, EventLog
from kodonb.model.event import Batch, Stored

PAGE_ROWS: Final = 1000
"""Events that a follower gets at a time from the log."""


class Page(msgspec.Struct, frozen=True, array_like=True):
    """Consecutive events of a run for one follower.

    Attributes:
        run: Id of the run.
        events: The events, in order; empty when the run has ended and there are no more.
        over: Whether the run has ended and these are the last.
    """

    run: str
    events: list[Stored]
    over: bool


Deliver = Callable[[Page], Any]


class Spool:
    """The one place that writes a log, and what waits for its next events.

    A follower asks for the next page after an offset and gets it once, as soon as there is one: nobody polls, and
    who does not ask gets nothing, so that a slow follower holds up nobody.

    Args:
        log: The event log.
    """

    def __init__(self, log: EventLog) -> None:
        self.log = log
        self._guard = threading.Lock()
        self._parked: dict[str, dict[Any, tuple[int, Deliver]]] = {}

    def append(self, batches: Iterable[Batch]) -> list[Commit]:
        """Commit batches and wake who waits for their runs."""
        commits = self.log.append(batches)
        for commit in commits:
            if commit.run in self._parked and commit.events:
                self._wake(commit.run, commit.events)
        return commits

    def next(self, key: Any, run: str, after: int, deliver: Deliver) -> None:
        """Deliver the next page after an offset, now or as soon as there is one.

        Args:
            key: Who asks; asking again replaces what was asked before.
            run: Id of the run.
            after: Last offset that is known already; -1 for none.
            deliver: Called once with the page, in the thread that commits.
        """
        with self._guard:
            page = self._page(run, after)
            if page is None:
                self._parked.setdefault(run, {})[key] = (after, deliver)
        if page is not None:
            deliver(page)

    def forget(self, key: Any, run: str) -> None:
        """Take back what was asked."""
        with self._guard:
            waiting = self._parked.get(run, {})
            waiting.pop(key, None)
            if not waiting:
                self._parked.pop(run, None)

    def look_again(self, run: str) -> None:
        """Wake who waits for a run that changed without a batch."""
        self._wake(run, [])

    def _page(self, run: str, after: int) -> Page | None:
        found = self.log.read(run, after, PAGE_ROWS)
        if found:
            return Page(run, found, False)
        return Page(run, [], True) if self.log.find(run).ended_already else None

    def _wake(self, run: str, events: list[Stored]) -> None:
        with self._guard:
            waiting = self._parked.pop(run, {})
        for key, (after, deliver) in waiting.items():
            if events and events[0].offset == after + 1:
                deliver(Page(run, events, False))
            else:
                self.next(key, run, after, deliver)
