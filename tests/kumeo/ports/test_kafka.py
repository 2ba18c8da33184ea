"""Against librdkafka's mock brokers: the protocol is real, the storage is not."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime

import msgspec
import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.kafka.offsets import Offsets
from tests.kumeo.ports.opening import outgoing, pulled, source, target


async def test_what_is_sent_comes_in(kafka):
    async with target("Kafka", "orders") as out:
        assert set(await out.send(outgoing([{"n": n} for n in range(20)]))) == {""}
    async with source("Kafka", "orders", partition="n") as made:
        found = await asyncio.wait_for(pulled(made, 20), 30)
    assert sorted(each.message.data["n"] for each in found) == list(range(20))
    assert {each.message.trace for each in found} == {f"trace{n}" for n in range(20)}
    assert len({each.message.id for each in found}) == 20


async def test_an_id_and_a_key_from_outside_that_are_no_text_stop_nothing(kafka):
    (sent,) = outgoing([1], stem="a\udcff")
    async with target("Kafka", "orders") as out:
        assert list(await out.send([msgspec.structs.replace(sent, key="k\udcff")])) == [""]


async def test_what_is_not_done_comes_again(kafka):
    async with target("Kafka", "orders") as out:
        await out.send(outgoing(range(10)))
    async with source("Kafka", "orders") as made:
        found = await asyncio.wait_for(pulled(made, 10), 30)
        await made.done([each for each in found if each.message.data < 8])
    async with source("Kafka", "orders") as made:
        again = await asyncio.wait_for(made.pull(10), 30)
        assert {8, 9} & {each.message.data for each in again}
        assert {each.message.id for each in again} <= {each.message.id for each in found}


async def test_replaying_begins_at_an_offset(kafka):
    async with target("Kafka", "orders") as out:
        await out.send(outgoing(range(40)))
    async with source("Kafka", "orders", replay="0") as made:
        assert len(await asyncio.wait_for(pulled(made, 40), 30)) == 40


async def test_brokers_that_are_not_there_are_told(monkeypatch):
    monkeypatch.setenv("KODONB_KAFKA", "127.0.0.1:1")
    with pytest.raises(PortError, match="does not answer"):
        async with target("Kafka", "orders"):
            pass


def test_only_what_is_done_without_a_gap_counts():
    offsets = Offsets()
    for offset in (5, 6, 8, 9):  # compacted topics have gaps
        offsets.give("p", offset)
    offsets.done("p", 6)
    assert offsets.commit() == {}
    offsets.done("p", 5)
    assert offsets.commit() == {"p": 7}
    offsets.done("p", 9)
    offsets.done("p", 8)
    assert offsets.commit() == {"p": 10}
    offsets.give("p", 10)
    offsets.forget({"p"})
    offsets.done("p", 10)
    assert offsets.commit() == {}


async def test_headers_without_a_value_and_times_that_are_none_stop_nothing(kafka):
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": os.environ["KODONB_KAFKA"]})
    for timestamp in (1 << 60, 1000):
        producer.produce("orders", b"1", headers=[("empty", None)], timestamp=timestamp)
    producer.flush(10)
    async with source("Kafka", "orders") as made:
        found = await asyncio.wait_for(pulled(made, 2), 30)
    assert [each.message.headers for each in found] == [{"empty": ""}] * 2
    assert datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC) in {each.message.at for each in found}


@pytest.mark.parametrize(
    "options",
    [
        {"brokers": "kafka:port"},
        {"brokers": ["a:1", ":2"]},
        {"user": "me", "password": "hush", "mechanism": "FOO"},
    ],
)
async def test_brokers_and_mechanisms_that_are_none_are_told(options):
    for opened in (source, target):
        with pytest.raises(PortError, match="KN821") as caught:
            async with opened("Kafka", "orders", **options):
                pass
        assert "hush" not in str(caught.value)
