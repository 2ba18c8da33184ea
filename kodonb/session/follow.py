"""Iterating over a run's events, now and as they come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import TimeoutError as PageTimeout
from typing import TYPE_CHECKING, Final

from kodonb.events.spool import Page
from kodonb.model.errors import RunTimeout
from kodonb.model.event import Event, Stored, event
from kodonb.model.run import called

if TYPE_CHECKING:
    from kodonb.session.run import Run

_PAGE: Final = 5000  # events read from the log at a time while catching up


class Events:
    """The events of a run from an offset on: iterate with ``for`` or ``async for``.

    Args:
        run: The run.
        kinds: Only these kinds; all if `None`.
        after: Only higher offsets.
        follow: Whether to wait for more until the run has ended.
    """

    def __init__(self, run: Run, kinds: Sequence[str] | None, after: int, *, follow: bool) -> None:
        self._run = run
        self._kinds = kinds
        self._after = after
        self._follow = follow
        self._until: float | None = None

    def within(self, timeout: float | None) -> Events:
        """Give up waiting after so many seconds."""
        self._until = None if timeout is None else time.monotonic() + timeout
        return self

    def __iter__(self) -> Iterator[Event]:
        """Yield events in order.

        Raises:
            RunTimeout: The time given by `within` is up; the run goes on.
        """
        for batch in self.batches():
            for stored in batch:
                yield event(self._run.id, stored)

    def batches(self) -> Iterator[list[Stored]]:
        """Yield events as they arrive, many at a time when many arrive."""
        yield from self._backlog()
        while self._follow:
            page = self._next_page()
            if page.over:
                return
            self._after = page.events[-1].offset
            if wanted := self._wanted(page.events):
                yield wanted

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Yield events in order without blocking the event loop."""
        for found in await asyncio.to_thread(lambda: list(self._backlog())):
            for stored in found:
                yield event(self._run.id, stored)
        while self._follow:
            page = await self._next_page_async()
            if page.over:
                return
            self._after = page.events[-1].offset
            for stored in self._wanted(page.events):
                yield event(self._run.id, stored)

    def _backlog(self) -> Iterator[list[Stored]]:
        while True:
            found = self._run.session.log.read(self._run.id, self._after, _PAGE, self._kinds)
            if found:
                self._after = found[-1].offset
                yield found
            if len(found) < _PAGE:
                return

    def _next_page(self) -> Page:
        future = self._run.session.page(self._run.id, self._after)
        try:
            return future.result(None if self._until is None else max(0.0, self._until - time.monotonic()))
        except PageTimeout:
            raise RunTimeout(
                f"run {called(self._run.id)} has not ended in time; it is {self._run.status}",
                remedy=f"come back to it with kodonb.attach({called(self._run.id)!r})",
            ) from None
        finally:
            self._run.session.forget(future)

    async def _next_page_async(self) -> Page:
        future = self._run.session.page(self._run.id, self._after)
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._run.session.forget(future)

    def _wanted(self, events: list[Stored]) -> list[Stored]:
        return events if self._kinds is None else [stored for stored in events if stored.kind in self._kinds]
