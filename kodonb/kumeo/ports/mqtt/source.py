"""MQTT as a source: a subscription that the broker keeps, acknowledged when everything of a message has left."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.headers import TRACE
from kodonb.kumeo.ports.mqtt.connecting import Connection
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading

if TYPE_CHECKING:
    import paho.mqtt.client as mqtt

ID = "Kumeo-Id"
_MOST_WAITING: Final = 10_000


class MqttSource:
    """A subscription with a name.

    A message that carries the user property `Kumeo-Id` leads to the same ids at the targets when it comes
    again; without it, what had left already before a death is sent once more.

    Args:
        declared: Its declaration: `broker`, `user`, `password`, `tls`, `client_id`, and those of `Reading`.
    """

    def __init__(self, declared: Declared) -> None:
        name = str(
            declared.option("client_id")
            or re.sub(r"\W", "_", f"kumeo_{declared.workflow}_{declared.address}")
        )
        self._topic = declared.address
        self._warn = declared.warn
        self._full = False
        self._reading = Reading(declared.options)
        self._connection = Connection(declared, name, self._take, self._topic)
        self._came: deque[mqtt.MQTTMessage] = deque()
        self._given: set[int] = set()
        self._ready = asyncio.Event()
        self._began = f"{time.time_ns():x}"
        self._number = 0

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Connect, and subscribe."""
        await self._connection.open()

    def _take(self, message: mqtt.MQTTMessage) -> None:
        # After a lost connection the broker gives again what was not acknowledged, under the same number.
        if message.qos and message.dup and message.mid in self._given:
            return
        if message.qos:
            self._given.add(message.mid)
        elif self._is_full():
            return
        self._came.append(message)
        self._ready.set()

    def _is_full(self) -> bool:
        """Whether so much waits that what nobody acknowledges is lost: the broker does not wait with it."""
        full = len(self._came) >= _MOST_WAITING
        if full and not self._full:
            self._warn(
                f"messages of {self._topic!r} are lost: more than {_MOST_WAITING:,} wait, and `qos` is 0"
            )
        self._full = full
        return full

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some."""
        while not self._came:
            self._ready.clear()
            await self._ready.wait()
        return [self._incoming(self._came.popleft()) for _ in range(min(most, len(self._came)))]

    def _incoming(self, given: mqtt.MQTTMessage) -> Incoming:
        self._number += 1
        headers = _headers(given)
        data, fault = self._reading.read(bytes(given.payload))
        id_ = headers.get(ID) or f"{self._topic}:{self._began}:{self._number}"
        message = Message(
            id=id_,
            trace=headers.get(TRACE) or id_,
            key="" if fault else self._reading.key(data),
            subject=given.topic,
            headers=headers,
            data=data,
        )
        return Incoming(message, (given.mid, given.qos), fault)

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Acknowledge messages."""
        for each in messages:
            number, quality = each.token
            self._given.discard(number)
            if quality:
                self._connection.client.ack(number, quality)

    async def close(self) -> None:
        """Disconnect; the broker keeps what is not acknowledged."""
        await self._connection.close()


def _headers(message: mqtt.MQTTMessage) -> dict[str, str]:
    found: Any = getattr(message.properties, "UserProperty", None)
    return {str(name): str(value) for name, value in found or ()}
