"""What has left before: ids in a target's stream, for messages that are given again after a death.

Within its window the server knows doubles by itself. Whoever comes back later asks the stream: only headers
are read, from the time on at which the message came first.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from nats.errors import TimeoutError as NatsTimeout
from nats.js import api

if TYPE_CHECKING:
    from nats.aio.client import Client

_MARGIN: Final = 5.0
_SAFE: Final = 0.5  # share of the window within which the server is relied on


class _Known:
    def __init__(self, window: float) -> None:
        self.window = window
        self.since = float("inf")
        self.ids: set[str] = set()


class Recall:
    """Knows results that have left before.

    Args:
        client: The connection.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, _Known] = {}
        self._guard = asyncio.Lock()

    async def has(self, stream: str, id_: str, since: float) -> bool:
        """Whether a stream has a message with an id, and the server would not know it.

        Args:
            stream: The stream.
            id_: The id.
            since: Before which time there cannot be one, in seconds since 1970.
        """
        async with self._guard:
            known = self._known.get(stream)
            if known is None:
                info = await self._client.jetstream().stream_info(stream)
                known = self._known[stream] = _Known(info.config.duplicate_window or 0.0)
            if since >= time.time() - known.window * _SAFE:
                return False
            if since < known.since:
                await self._read(stream, known, since - _MARGIN)
        return id_ in known.ids

    async def _read(self, stream: str, known: _Known, since: float) -> None:
        context = self._client.jetstream()
        config = api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_TIME,
            opt_start_time=datetime.fromtimestamp(max(0.0, since), UTC),
            ack_policy=api.AckPolicy.NONE,
            headers_only=True,
            inactive_threshold=30.0,
        )
        reading = await context.pull_subscribe_bind(
            consumer=(await context.add_consumer(stream, config)).name, stream=stream
        )
        left = (await reading.consumer_info()).num_pending or 0
        while left > 0:
            try:
                found: list[Any] = await reading.fetch(min(left, 500), timeout=5)
            except (NatsTimeout, TimeoutError):
                break
            left -= len(found)
            known.ids |= {
                each.headers["Nats-Msg-Id"]
                for each in found
                if each.headers and "Nats-Msg-Id" in each.headers
            }
        known.since = since
        await reading.unsubscribe()
