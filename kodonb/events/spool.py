"""Commits events and hands them to those who follow, in one process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from kodonb.events.log import Commit, EventLog
from kodonb.events.tail import Tails
from kodonb.model.errors import KodonbError
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
Asked = tuple[int, Deliver]
"""Last offset that is known already, and who takes the page."""


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
        self._parked: dict[str, dict[Any, Asked]] = {}
        self._tails = Tails()

    def append(self, batches: Iterable[Batch]) -> list[Commit]:
        """Commit batches and wake who waits for their runs."""
        commits = self.log.append(batches)
        for commit in commits:
            if commit.events:
                self._tails.add(commit.run, commit.events)
        for commit in commits:
            # Also when a batch added nothing: it may be one that is sent again because waking failed the first time.
            self._wake(commit.run, commit.events)
        return commits

    def next(self, key: Any, run: str, after: int, deliver: Deliver) -> None:
        """Deliver the next page after an offset, now or as soon as there is one.

        Args:
            key: Who asks; asking again replaces what was asked before.
            run: Id of the run.
            after: Last offset that is known already; -1 for none.
            deliver: Called once with the page, in the thread that commits.

        Raises:
            UsageError: There is no such run (KN003).
            StoreError: The log cannot be read; nothing is asked then.
        """
        # Parked first, read then: what is committed in between wakes it. The guard is not held while the log is read,
        # as commits would wait for that; so whoever takes the entry out is the one who delivers.
        asked = (after, deliver)
        with self._guard:
            self._parked.setdefault(run, {})[key] = asked
        try:
            page = self._page(run, after)
        except KodonbError:
            self._take_out(key, run, asked)
            raise
        if page is not None and self._take_out(key, run, asked):
            deliver(page)

    def forget(self, key: Any, run: str) -> None:
        """Take back what was asked."""
        self._take_out(key, run, None)

    def _take_out(self, key: Any, run: str, asked: Asked | None) -> bool:
        """Take out what is parked under a key, or only if it is `asked`; say whether it was there."""
        with self._guard:
            waiting = self._parked.get(run, {})
            if key not in waiting or (asked is not None and waiting[key] is not asked):
                return False
            del waiting[key]
            if not waiting:
                del self._parked[run]
            return True

    def look_again(self, run: str) -> None:
        """Wake who waits for a run that changed without a batch."""
        self._tails.forget(run)
        self._wake(run, [])

    def _page(self, run: str, after: int) -> Page | None:
        events, live = self._tails.after(run, after)
        if events:
            return Page(run, events[:PAGE_ROWS], False)
        return None if live else self._read(run, after)

    def _read(self, run: str, after: int) -> Page | None:
        # The status is read first: what a run emits until it ends is then in what is read after it.
        over = self.log.find(run).ended_already
        found = self.log.read(run, after, PAGE_ROWS)
        if found or over:
            return Page(run, found, not found)
        self._tails.live(run, after)
        return None

    def _wake(self, run: str, events: list[Stored]) -> None:
        with self._guard:
            waiting = dict(self._parked.get(run, {}))
        for key, asked in waiting.items():
            after, deliver = asked
            if events and events[0].offset == after + 1:
                page: Page | None = Page(run, events, False)
            else:
                page = self._page(run, after)
            if page is not None and self._take_out(key, run, asked):
                deliver(page)
