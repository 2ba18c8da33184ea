"""The streams of an application: who follows which run, and the responses in which they do.

A stream begins with a `retry` hint, tells every event after the offset that the client names, and ends with the run.
One that ends before, with a comment that says why, is to be taken up again with ``Last-Event-ID``: the service ends, or
what carries the run is out of reach.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
from starlette.responses import Response

from kodonb.serve.runs.broadcast import Broadcast
from kodonb.serve.runs.messages import read

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from kodonb.model.run import RunRecord
    from kodonb.session.base import Session

RETRY: Final = b"retry: 2000\n\n"
"""The first thing that a stream says: milliseconds after which a client that lost it comes back."""

LOST: Final = b": what carries the run is out of reach; come back with Last-Event-ID\n\n"
"""The last thing that a stream says whose run cannot be followed to its end."""

CLOSED: Final = b": the service ends; come back with Last-Event-ID\n\n"
"""The last thing that a stream says when the service is told to end."""

_THREADS: Final = 8  # in which sessions and logs are asked, so that no follower takes those of other requests


class Streams:
    """The broadcasts of an application; each is there as long as somebody listens.

    Attributes:
        followers: How many streams there are.
    """

    def __init__(self) -> None:
        self.followers = 0
        self._open: dict[str, Broadcast] = {}
        self._closed = False
        self._limiter = anyio.CapacityLimiter(_THREADS)

    def open(self) -> None:
        """Begin, or begin again after `close`."""
        self._closed = False

    def close(self) -> None:
        """Let go of all who listen or wait: the service is told to end."""
        self._closed = True
        for broadcast in list(self._open.values()):
            broadcast.close()

    async def listen(self, record: RunRecord, session: Session, after: int) -> AsyncGenerator[bytes]:
        """Yield the messages of a run behind an offset until it has ended.

        Args:
            record: The run.
            session: How it is reached.
            after: The last offset that the follower has; -1 for none.
        """
        # A run that has ended needs no following: the log has everything.
        followed = None if record.ended_already else self._join(record, session)
        source = self._replay(record.id, session, after) if followed is None else followed.listen(after)
        self.followers += 1
        try:
            yield RETRY
            async with aclosing(source) as messages:
                async for body in messages:
                    yield body
            if self._closed:
                yield CLOSED
            elif followed is not None and followed.lost:
                yield LOST
        finally:
            self.followers -= 1
            if followed is not None:
                self._leave(record.id, followed)

    async def _replay(self, run: str, session: Session, after: int) -> AsyncGenerator[bytes]:
        while not self._closed:
            body, last = await anyio.to_thread.run_sync(read, session, run, after, limiter=self._limiter)
            if last == after:
                return
            after = last
            yield body

    async def wait(self, record: RunRecord, session: Session, seconds: float) -> None:
        """Wait until a run has ended, cannot be followed, or time is up; no thread waits meanwhile."""
        followed = self._join(record, session)
        try:
            async with asyncio.timeout(seconds):
                await followed.ended.wait()
        except TimeoutError:
            pass
        finally:
            self._leave(record.id, followed)

    def _join(self, record: RunRecord, session: Session) -> Broadcast:
        found = self._open.get(record.id)
        if found is None or found.lost:
            # What a new follower has missed it reads from the log; followed is what comes from now on.
            found = self._open[record.id] = Broadcast(record.id, session, record.events - 1, self._limiter)
        if self._closed:
            found.close()
        found.users += 1
        return found

    def _leave(self, run: str, followed: Broadcast) -> None:
        followed.users -= 1
        if not followed.users:
            followed.close()
            if self._open.get(run) is followed:
                del self._open[run]


class EventStream(Response):
    """Sends messages until there are no more, or the client has left.

    Args:
        messages: The messages.
    """

    media_type = "text/event-stream"

    def __init__(self, messages: AsyncGenerator[bytes]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._messages = messages

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        telling = asyncio.ensure_future(self._tell(send))
        # A client that leaves is noticed at once, not when the next message cannot be sent.
        leaving = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((telling, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            telling.cancel()
            leaving.cancel()
            ends = await asyncio.gather(telling, leaving, return_exceptions=True)
        if isinstance(ends[0], Exception):
            raise ends[0]

    async def _tell(self, send: Send) -> None:
        async with aclosing(self._messages) as messages:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async for body in messages:
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
