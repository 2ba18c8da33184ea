"""Kafka as a target: results are written by an idempotent producer, to all replicas."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.headers import TRACE, header
from kodonb.kumeo.ports.kafka.connecting import access
from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.ports.reading import write

_PAUSE: Final = 1.0
ID: Final = "Kumeo-Id"


class KafkaTarget:
    """A topic.

    Within a process each result is written once. After a death what had left already may be written once
    more: each has the header `Kumeo-Id`, by which whoever reads it can tell.

    Args:
        declared: Its declaration: those of `access`.
    """

    parallel = 4

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._producer: Any = None

    async def open(self) -> None:
        """Connect.

        Raises:
            PortError: Kafka does not answer.
        """
        self._producer = AIOKafkaProducer(
            **access(self._declared), acks="all", enable_idempotence=True, linger_ms=2
        )
        try:
            await self._producer.start()
        except (KafkaError, OSError) as error:
            await self._producer.stop()
            raise self._declared.unreachable(f"Kafka does not answer: {error}") from None

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Write results; brokers that are away are waited for."""
        return await asyncio.gather(*(self._one(each) for each in batch))

    async def _one(self, each: Outgoing) -> str:
        headers = [(ID, header(each.id).encode()), (TRACE, header(each.trace).encode())]
        while True:
            try:
                await self._producer.send_and_wait(
                    each.subject or self._declared.address,
                    write(each.data),
                    key=each.key.encode("utf-8", "surrogatepass") or None,
                    headers=headers,
                )
            except MessageSizeTooLargeError as error:
                return str(error)
            except KafkaError as error:
                if not error.retriable:
                    return str(error)
                await asyncio.sleep(_PAUSE)
            else:
                return ""

    async def close(self) -> None:
        """Disconnect."""
        if self._producer is not None:
            await self._producer.stop()
