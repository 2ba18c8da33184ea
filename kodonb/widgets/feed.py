"""Follows a run for the widgets that show it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec

from kodonb.display.keepers import ITEMS, MAX_ITEMS
from kodonb.display.view import RunView
from kodonb.events.spool import PAGE_ROWS, Page
from kodonb.model.event import EPOCH, Event, Stored

if TYPE_CHECKING:
    from kodonb.session.run import Run

TICK: Final = 0.1
"""Least time between two pictures, in seconds."""

SHARE: Final = 30
"""A picture that took so long to draw is not drawn again for this many times as long."""

_KIND: Final = attrgetter("kind")
_ORIGIN: Final = attrgetter("kind", "source")
_MICROSECOND: Final = EPOCH.resolution


class Feed:
    """One run, followed in the loop from its first event to its end.

    Args:
        run: The run.
        view: What is known of it already.
        draw: Called in the loop when there is something new, as often as it takes little of the kernel's time;
            returns the least number of seconds until the next call.
    """

    def __init__(self, run: Run, view: RunView, draw: Callable[[], float]) -> None:
        self.run = run
        self.view = view
        self._draw = draw

    async def follow(self) -> None:
        """Take events until the run has ended, drawing on the way."""
        due = 0.0
        while True:
            page = await self._next()
            if page.over:
                return
            self._take(page)
            now = time.monotonic()
            whole = len(page.events) < PAGE_ROWS
            if self.view.ended or now >= due:
                due = now + self._redraw()
            if whole and not self.view.ended:
                # Asked again only when it may be drawn: a run that talks without pause costs few pages, not many.
                await asyncio.sleep(due - time.monotonic())

    async def _next(self) -> Page:
        asked = self.run.session.page(self.run.id, self.view.last)
        try:
            return await asyncio.wrap_future(asked)
        finally:
            self.run.session.forget(asked)

    def _take(self, page: Page) -> None:
        for event in decoded(page.run, self._needed(page.events)):
            self.view.take(event)

    def _needed(self, events: list[Stored]) -> list[Stored]:
        """Leave out those of which a view holds the last ones only, when enough of them follow; they are counted."""
        kinds = Counter(map(_KIND, events))
        if all(kinds[kind] <= MAX_ITEMS for kind in ITEMS):
            return events
        left = {kind: kinds[kind] - MAX_ITEMS for kind in ITEMS}
        needed, skipped = [], []
        for stored in events:
            if left.get(stored.kind, 0) > 0:
                left[stored.kind] -= 1
                skipped.append(stored)
            else:
                needed.append(stored)
        for (kind, source), number in Counter(map(_ORIGIN, skipped)).items():
            self.view.count(kind, source, number)
        return needed

    def _redraw(self) -> float:
        """Draw; return how long to wait until the next time."""
        began = time.perf_counter()
        pause = self._draw()
        return max(TICK, pause, SHARE * (time.perf_counter() - began))


def decoded(run: str, events: list[Stored]) -> Iterator[Event]:
    """Yield events as users see them; one decoding for all costs a third of one for each."""
    payloads = msgspec.json.decode(b"[" + b",".join(stored.payload for stored in events) + b"]")
    for stored, payload in zip(events, payloads, strict=True):
        yield Event(run, stored.offset, EPOCH + stored.at * _MICROSECOND, stored.kind, stored.source, payload)
