"""What Ray Serve needs of an application: that its event streams end when a replica does, and answers that travel."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STREAM: Final = b"text/event-stream"


class Streams:
    """The event streams that are open; to be used in one event loop."""

    def __init__(self) -> None:
        self._open: set[asyncio.Task[Any]] = set()
        self.over = False

    def add(self, task: asyncio.Task[Any]) -> None:
        """Take in the task that serves a stream."""
        self._open.add(task)
        if self.over:
            task.cancel()

    def discard(self, task: asyncio.Task[Any]) -> None:
        """Forget a task."""
        self._open.discard(task)

    def end(self) -> None:
        """End all streams, and those that are opened from now on."""
        self.over = True
        for task in self._open:
            task.cancel()


class Ending:
    """Ends event streams in good order: a follower comes back with the last event that it has, elsewhere.

    Args:
        app: What answers requests.
        streams: The streams among its answers.
    """

    def __init__(self, app: ASGIApp, streams: Streams) -> None:
        self._app = app
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        task = asyncio.current_task()
        if scope["type"] != "http" or task is None:
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            await send(_picklable(message))
            if message["type"] == "http.response.start" and _is_stream(message):
                self._streams.add(task)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            if not self._streams.over:
                raise
            task.uncancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._streams.discard(task)


def _picklable(message: Message) -> Message:
    # ASGI allows it, and Starlette does it; but what Serve sends from replica to proxy is pickled.
    body = message.get("body")
    return {**message, "body": bytes(body)} if isinstance(body, memoryview | bytearray) else message


def _is_stream(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(_STREAM) for name, value in message["headers"]
    )
