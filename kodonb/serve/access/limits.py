"""How large the body of a request may be, and how slowly it may come."""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING, Final

from kodonb.serve.problems import problem

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE: Final = 30.0
"""Seconds in which something of a body must come."""

SLOWEST: Final = 1024
"""Bytes a second that a body must come with once the first patience is used up: single bytes now and then do not do."""

_STREAMED: Final = re.compile(r"POST /files|PATCH /files/[^/]+")
"""What is streamed to disk; how large it may be is checked there."""


class BodyLimit:
    """Refuses bodies that are too large, whether their length is announced or not, and those that do not come.

    Args:
        app: What answers the others.
        limit: Bytes that a body may have.
        patience: Seconds in which something of a body must come.
    """

    def __init__(self, app: ASGIApp, limit: int, patience: float = PATIENCE) -> None:
        self._app = app
        self._limit = limit
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = None if _is_streamed(scope) else self._limit
        if limit is not None and _announced(scope) > limit:
            await _too_large(limit)(scope, receive, send)
            return
        body = _Body(receive, send, limit, self._patience)
        try:
            await self._app(scope, body.receive, body.send)
        except Exception:
            if body.refused is None:
                raise  # otherwise it is what became of `_Ended`, in a group or not
        if body.refused is not None and not body.answered:
            await body.refused(scope, receive, send)


class _Body:
    """A body on its way. When it is refused, that is the answer, whatever the application makes of it."""

    def __init__(self, receive: Receive, send: Send, limit: int | None, patience: float) -> None:
        self._receive = receive
        self._send = send
        self._limit = limit
        self._patience = patience
        self._taken = 0
        self._waited = 0.0
        self._complete = False
        self.refused: Response | None = None
        self.answered = False

    async def receive(self) -> Message:
        if self._complete:
            return await self._receive()  # of what comes now, only that the client has gone
        if self.refused is not None:
            raise _Ended
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self._left()):
                message = await self._receive()
        except TimeoutError:
            raise self._refuse(problem(408, "the body did not come in time", headers=_CLOSE)) from None
        # Only the time in which the client was waited for counts: not that which the application takes.
        self._waited += time.monotonic() - begun
        self._taken += len(message.get("body", b""))
        self._complete = message["type"] != "http.request" or not message.get("more_body", False)
        if self._limit is not None and self._taken > self._limit:
            raise self._refuse(_too_large(self._limit))
        return message

    async def send(self, message: Message) -> None:
        if self.refused is None or self.answered:
            self.answered = True
            await self._send(message)

    def _left(self) -> float:
        return max(0.0, min(self._patience, self._patience + self._taken / SLOWEST - self._waited))

    def _refuse(self, response: Response) -> _Ended:
        self.refused = response
        return _Ended()


class _Ended(Exception):
    """Ends an application whose request has been refused."""


_CLOSE: Final = {"Connection": "close"}


def _is_streamed(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path", ""))
    return _STREAMED.fullmatch(f"{scope['method']} {path}") is not None


def _announced(scope: Scope) -> int:
    told = dict(scope["headers"]).get(b"content-length", b"0")
    return int(told) if told.isdigit() else 0


def _too_large(limit: int) -> Response:
    return problem(413, f"the body of a request may hold {limit:,} bytes", headers=_CLOSE)
