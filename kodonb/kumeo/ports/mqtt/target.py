"""MQTT as a target: each result is published, and counts as sent when the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.headers import TRACE, header
from kodonb.kumeo.ports.mqtt.connecting import Connection
from kodonb.kumeo.ports.mqtt.source import ID
from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.ports.reading import write


class MqttTarget:
    """A topic.

    MQTT knows no doubles; a result carries its id as user property `Kumeo-Id`, by which whoever reads it can tell.

    Args:
        declared: Its declaration: `broker`, `user`, `password`, `tls`.
    """

    parallel = 4

    def __init__(self, declared: Declared) -> None:
        self._topic = declared.address
        self._connection = Connection(declared, "")

    async def open(self) -> None:
        """Connect."""
        await self._connection.open()

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Publish results; a broker that is away is waited for."""
        return await asyncio.gather(
            *(
                self._connection.publish(
                    each.subject or self._topic,
                    write(each.data),
                    {ID: header(each.id), TRACE: header(each.trace)},
                )
                for each in batch
            )
        )

    async def close(self) -> None:
        """Disconnect."""
        await self._connection.close()
