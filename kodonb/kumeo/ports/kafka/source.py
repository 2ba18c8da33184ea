"""Kafka as a source: a consumer group, whose offsets are committed as far as everything has left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import AIOKafkaConsumer
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.headers import TRACE
from kodonb.kumeo.ports.kafka.connecting import access
from kodonb.kumeo.ports.kafka.offsets import Offsets
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.kumeo.ports.reading import Reading
from kodonb.kumeo.ports.times import time_of

_POLL: Final = 10_000  # milliseconds


class KafkaSource:
    """A consumer of a topic.

    Args:
        declared: Its declaration: `group`, `start` (``all`` or ``new``), those of `access` and of `Reading`.
    """

    def __init__(self, declared: Declared) -> None:
        self._declared = declared
        self._reading = Reading(declared.options)
        self._offsets: Offsets[Any] = Offsets()
        self._consumer: Any = None

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return self._reading.partitioned

    async def open(self) -> None:
        """Join the group.

        Raises:
            PortError: Kafka does not answer.
        """
        declared = self._declared
        group = str(declared.option("group") or f"kumeo-{declared.workflow}")
        topics = (
            [declared.address] if declared.replay else []
        )  # without a group it has all partitions at once
        self._consumer = AIOKafkaConsumer(
            *topics,
            **access(declared),
            group_id=None if declared.replay else group,
            enable_auto_commit=False,
            auto_offset_reset="latest" if declared.option("start") == "new" else "earliest",
        )
        try:
            await self._consumer.start()
            if declared.replay:
                await self._seek(declared.replay)
            else:
                self._consumer.subscribe([declared.address], listener=_Listener(self))
        except (KafkaError, OSError) as error:
            await self._consumer.stop()
            raise declared.unreachable(f"Kafka does not answer: {error}") from None

    async def _seek(self, said: str) -> None:
        """Begin at an offset of each partition, or at a time."""
        partitions = self._consumer.assignment()
        if said.isdigit():
            for partition in partitions:
                self._consumer.seek(partition, int(said))
            return
        at = int(time_of(said).timestamp() * 1000)
        for partition, found in (
            await self._consumer.offsets_for_times(dict.fromkeys(partitions, at))
        ).items():
            if found is None:
                await self._consumer.seek_to_end(partition)
            else:
                self._consumer.seek(partition, found.offset)

    async def pull(self, most: int) -> Sequence[Incoming]:
        """Return the next messages, as soon as there are some."""
        while True:
            found = await self._consumer.getmany(timeout_ms=_POLL, max_records=most)
            if found:
                return [
                    self._incoming(partition, record)
                    for partition, records in found.items()
                    for record in records
                ]

    def _incoming(self, partition: Any, record: Any) -> Incoming:
        self._offsets.give(partition, record.offset)
        data, fault = self._reading.read(record.value or b"null")
        headers = {name: (value or b"").decode("utf-8", "replace") for name, value in record.headers}
        id_ = f"{record.topic}:{record.partition}:{record.offset}"
        key = (record.key or b"").decode("utf-8", "replace")
        message = Message(
            id=id_,
            trace=headers.get(TRACE) or id_,
            key=key if fault else self._reading.key(data) or key,
            at=_moment(record.timestamp),
            subject=record.topic,
            headers=headers,
            data=data,
        )
        return Incoming(message, (partition, record.offset), fault)

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Commit what is done without a gap."""
        for each in messages:
            self._offsets.done(*each.token)
        upto = self._offsets.commit()
        if upto and not self._declared.replay:
            try:
                await self._consumer.commit(upto)
            except KafkaError as error:  # another client has the partition now; it gets these messages again
                self._declared.warn(f"Kafka did not take note of what is done: {error}")

    def forget(self, partitions: set[Any]) -> None:
        """Take note that other clients see to these partitions."""
        self._offsets.forget(partitions)

    async def close(self) -> None:
        """Leave the group."""
        if self._consumer is not None:
            await self._consumer.stop()


def _moment(milliseconds: int | None) -> datetime:
    """Return when a producer says that it wrote; now, if that is no time, as it may say any number."""
    try:
        return datetime.fromtimestamp((milliseconds or 0) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Hears when partitions change hands."""

    def __init__(self, source: KafkaSource) -> None:
        self._source = source

    async def on_partitions_revoked(self, revoked: Any) -> None:
        await asyncio.sleep(0)
        self._source.forget(set(revoked))

    async def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 - what is new is given by itself
        await asyncio.sleep(0)
