"""Pulling from a durable consumer: requests for many messages at once, as many as there is room for.

Wire format: https://docs.nats.io/reference/reference-protocols/nats_api_reference, ``$JS.API.CONSUMER.MSG.NEXT``.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from nats.errors import ConnectionClosedError, Error

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats.connecting import when_found

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_EXPIRES: Final = 30.0  # seconds that a request waits for messages
_HEARTBEAT: Final = 5.0  # seconds in which the server says at least that there are none
_MOST: Final = 500
_NANO: Final = 1_000_000_000


class Pulling:
    """Messages of a durable consumer.

    Args:
        client: The connection.
        stream: Name of the stream.
        consumer: Name of the consumer.
    """

    def __init__(self, client: Client, stream: str, consumer: str) -> None:
        self._client = client
        self._next = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
        self._inbox = client.new_inbox()
        self._came: deque[Msg] = deque()
        self._asked = 0
        self._heard_at = time.monotonic()
        self._ready = asyncio.Event()
        self._gone = ""
        self._subscription: Any = None

    async def open(self) -> None:
        """Listen."""
        when_found(self._client, self._forget)
        self._subscription = await self._client.subscribe(
            self._inbox, cb=self._heard, pending_msgs_limit=-1, pending_bytes_limit=-1
        )

    async def pull(self, most: int) -> Sequence[Msg]:
        """Return the next messages, as soon as there are some.

        Raises:
            PortError: The consumer is gone, or the connection closed.
        """
        while not self._came:
            if self._gone:
                raise PortError(
                    f"the consumer is gone: {self._gone}", remedy="retry the run: it is made again"
                )
            await self._ask(most)
            self._ready.clear()
            try:
                async with asyncio.timeout(_HEARTBEAT):
                    await self._ready.wait()
            except TimeoutError:
                if time.monotonic() - self._heard_at > 2 * _HEARTBEAT + 1:
                    self._asked = 0  # the server that was asked is not there any more
        count = min(most, len(self._came))
        taken = [self._came.popleft() for _ in range(count)]
        await self._ask(most - count)
        return taken

    async def _ask(self, most: int) -> None:
        """Ask for more, unless that was done."""
        missing = min(most, _MOST) - len(self._came) - self._asked
        if missing <= 0 or (missing < most // 2 and self._asked):
            return
        told = {"batch": missing, "expires": int(_EXPIRES * _NANO), "idle_heartbeat": int(_HEARTBEAT * _NANO)}
        if not self._asked:
            self._heard_at = time.monotonic()
        try:
            await self._client.publish(self._next, msgspec.json.encode(told), self._inbox)
        except ConnectionClosedError:
            raise PortError("the connection to NATS was closed", remedy="retry the run") from None
        except Error:
            return
        self._asked += missing

    async def _heard(self, message: Msg) -> None:
        self._heard_at = time.monotonic()
        if message.reply:
            self._asked -= 1
            self._came.append(message)
            self._ready.set()
            return
        headers = message.headers or {}
        status = headers.get("Status", "")
        if status == "100":
            return
        if status == "409" and "Deleted" in headers.get("Description", ""):
            self._gone = headers["Description"]
        self._asked = max(0, self._asked - int(headers.get("Nats-Pending-Messages", self._asked)))
        if status == "503":
            self._asked = 0
            await asyncio.sleep(0.1)
        self._ready.set()

    def _forget(self) -> None:
        """Ask anew: the connection was lost meanwhile."""
        self._asked = 0
        self._ready.set()

    def left(self) -> list[Msg]:
        """Return what came and was not pulled."""
        left = list(self._came)
        self._came.clear()
        return left

    async def close(self) -> None:
        """Listen no more."""
        if self._subscription is not None and not self._client.is_closed:
            await self._subscription.unsubscribe()
