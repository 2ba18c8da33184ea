"""Following one run for all who listen.

One task follows a run; each page of its events is encoded once, and all who listen are handed the same bytes. A
follower keeps nothing but the offset it has; who falls behind what is kept reads the log. So a slow one slows nobody
and costs no memory.

Under load, pages are gathered: a message to each follower costs the same whether it carries one event or twenty, so the
more followers there are, the longer the next page is waited for, up to a twentieth of a second. After a silence the
first event goes out at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from kodonb.model.errors import KodonbError
from kodonb.serve.runs.messages import PAGE, Chunk, joined, read

if TYPE_CHECKING:
    from concurrent.futures import Future

    from kodonb.events.spool import Page
    from kodonb.session.base import Session

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that nothing between takes the connection for dead."""

KEPT: Final = 4 * 1024 * 1024
"""Bytes of a run's events that are kept for its followers."""

_ALIVE: Final = b": still here\n\n"
_GATHER: Final = 0.0001  # seconds for which a page is gathered, for each follower
_SHORTEST: Final = 0.005
_LONGEST: Final = 0.05

_log = logging.getLogger(__name__)


class Broadcast:
    """Follows one run for all who listen.

    Args:
        run: Id of the run.
        session: How it is reached.
        after: The last offset that need not be followed.
        limiter: Bounds the threads in which session and log are asked.

    Attributes:
        users: How many listen, or wait for the end.
        lost: Whether the run cannot be followed, although it has not ended.
        ended: Set when nothing more will come: the run has ended, or cannot be followed.
    """

    def __init__(self, run: str, session: Session, after: int, limiter: anyio.CapacityLimiter) -> None:
        self.users = 0
        self.lost = False
        self.ended = asyncio.Event()
        self._run = run
        self._session = session
        self._limiter = limiter
        self._last = after
        self._chunks: deque[Chunk] = deque()
        self._size = 0
        self._listeners = 0
        self._beats = 0
        self._news = asyncio.Event()
        self._asked: Future[Page] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)
        self._task = self._loop.create_task(self._follow())

    def close(self) -> None:
        """Follow no longer; who listens is let go."""
        self._task.cancel()
        self._end()

    def _end(self) -> None:
        self.ended.set()
        self._tell()

    async def _follow(self) -> None:
        try:
            while not self.ended.is_set():
                await self._take(await self._next())
        except KodonbError as error:
            _log.warning("run %s cannot be followed: %s", self._run, error.message)
            self.lost = True
        except Exception:  # noqa: BLE001 - whatever it is, who listens must not wait for ever
            _log.exception("run %s cannot be followed", self._run)
            self.lost = True
        finally:
            self._end()

    async def _take(self, page: Page) -> None:
        if page.over:
            self.ended.set()
        if page.events:
            self._keep(Chunk(self._run, page.events))
            self._tell()
        if (
            page.events and page.events[-1].kind != "status"
        ):  # after one the run may be over; that is worth knowing
            await asyncio.sleep(min(max(_SHORTEST, _GATHER * self._listeners), _LONGEST))

    async def _next(self) -> Page:
        """Return the next page: asking may block, as the session may have to find the cluster, and waiting does not."""
        try:
            asked = await anyio.to_thread.run_sync(self._ask, limiter=self._limiter)
            return await asyncio.wrap_future(asked)
        finally:
            if self._asked is not None:
                self._session.forget(self._asked)

    def _ask(self) -> Future[Page]:
        self._asked = self._session.page(self._run, self._last)
        return self._asked

    def _keep(self, chunk: Chunk) -> None:
        self._last = chunk.last
        self._chunks.append(chunk)
        self._size += chunk.size
        while self._size > KEPT and len(self._chunks) > 1:
            self._size -= self._chunks.popleft().size

    def _tell(self) -> None:
        """Wake all who wait, and begin to count the seconds of silence."""
        news, self._news = self._news, asyncio.Event()
        news.set()
        self._timer.cancel()
        if not self.ended.is_set():
            self._timer = self._loop.call_later(HEARTBEAT, self._beat)

    def _beat(self) -> None:
        self._beats += 1
        self._tell()

    async def listen(self, after: int) -> AsyncGenerator[bytes]:
        """Yield all messages behind an offset, then new ones as they come; ends with the run."""
        self._listeners += 1
        try:
            while True:
                news, beats = self._news, self._beats
                if after < self._last:
                    body, last = self._kept(after) or await self._read(after)
                    if last == after:  # the run was pruned
                        return
                    after = last
                    yield body
                elif self.ended.is_set():
                    return
                else:
                    await news.wait()
                    if after >= self._last and beats != self._beats:
                        yield _ALIVE
        finally:
            self._listeners -= 1

    def _kept(self, after: int) -> tuple[bytes, int] | None:
        """Return the messages after an offset, unless some of the first are kept no more."""
        behind: list[Chunk] = []
        for chunk in reversed(self._chunks):
            if chunk.last <= after:
                break
            behind.append(chunk)
        if not behind or behind[-1].first > after + 1:
            return None
        return joined(behind[::-1], after)

    async def _read(self, after: int) -> tuple[bytes, int]:
        # No further than what is followed: so the follower comes to be one of those who are handed the same.
        limit = min(PAGE, self._last - after)
        return await anyio.to_thread.run_sync(
            read, self._session, self._run, after, limit, limiter=self._limiter
        )
