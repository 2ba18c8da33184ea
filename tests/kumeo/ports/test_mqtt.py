from __future__ import annotations

import asyncio

import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.mqtt.connecting import Connection, broker
from tests.kumeo.ports.opening import declared, outgoing, pulled, source, target


async def test_what_is_sent_comes_in(mosquitto):
    async with source("MQTT", "orders/+", partition="k") as made, target("MQTT", "orders/new") as out:
        assert list(await out.send(outgoing([{"k": "a", "n": 1}]))) == [""]
        (one,) = await asyncio.wait_for(made.pull(10), 10)
        assert one.message.data == {"k": "a", "n": 1} and one.message.subject == "orders/new"
        assert one.message.id == "id0" and one.message.trace == "trace0" and one.message.key == "a"
        await made.done([one])


async def test_what_comes_while_nobody_is_there_is_kept(mosquitto):
    async with source("MQTT", "orders"):
        pass
    async with target("MQTT", "orders") as out:
        await out.send(outgoing(range(100)))
    async with source("MQTT", "orders") as made:
        found = []
        while len(found) < 100:  # the broker gives no more than so many that are not acknowledged
            batch = await asyncio.wait_for(made.pull(100), 20)
            found += [each.message.data for each in batch]
            await made.done(batch)
        assert found == list(range(100))


async def test_what_is_not_done_comes_again(mosquitto):
    async with source("MQTT", "orders") as made:
        async with target("MQTT", "orders") as out:
            await out.send(outgoing(range(10)))
        found = await asyncio.wait_for(pulled(made, 10), 20)
        await made.done(found[:7])
        await asyncio.sleep(0.3)
    async with source("MQTT", "orders") as made:
        again = await asyncio.wait_for(pulled(made, 3), 20)
        assert [each.message.data for each in again] == [7, 8, 9]
        assert [each.message.id for each in again] == ["id7", "id8", "id9"]
        await made.done(again)


async def test_a_broker_that_goes_away_is_waited_for(mosquitto):
    async with source("MQTT", "orders") as made, target("MQTT", "orders") as out:
        await out.send(outgoing([0], stem="first"))
        await asyncio.wait_for(pulled(made, 1), 10)
        mosquitto.stop()
        sending = asyncio.ensure_future(out.send(outgoing(range(1, 20))))
        await asyncio.sleep(0.5)
        assert not sending.done()
        mosquitto.start()
        assert set(await asyncio.wait_for(sending, 30)) == {""}
        numbers = set()
        while len(numbers) < 19:
            numbers |= {each.message.data for each in await asyncio.wait_for(made.pull(100), 30)} - {0}


async def test_a_wrong_password_is_told(mosquitto, monkeypatch):
    monkeypatch.setenv("KODONB_MQTT", mosquitto.url.replace(mosquitto.password, "wrong"))
    with pytest.raises(PortError, match=r"(?i)not authorized|refuses") as caught:
        async with target("MQTT", "orders"):
            pass
    assert mosquitto.password not in str(caught.value)


async def test_a_broker_that_is_not_there_is_told(monkeypatch):
    monkeypatch.setenv("KODONB_MQTT", "mqtt://127.0.0.1:1")
    with pytest.raises(PortError, match="does not answer"):
        async with target("MQTT", "orders"):
            pass
    monkeypatch.setenv("KODONB_MQTT", "http://127.0.0.1:1")
    with pytest.raises(PortError, match="no broker"):
        async with target("MQTT", "orders"):
            pass


@pytest.mark.parametrize("said", ["tcp://me:hush@127.0.0.1", "me:hush@127.0.0.1", "mqtt://me:hush@host:port"])
def test_an_address_that_is_none_is_told_without_its_password(said):
    with pytest.raises(PortError, match="no broker") as caught:
        broker(declared("MQTT", "orders", broker=said))
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_delivery_is_as_sure_as_is_said(mosquitto, qos):
    async with source("MQTT", "orders", qos=2) as made, target("MQTT", "orders", qos=qos) as out:
        assert list(await asyncio.wait_for(out.send(outgoing([1])), 10)) == [""]
        (one,) = await asyncio.wait_for(made.pull(10), 10)
        assert one.token[1] == qos  # the lower one of both sides counts
        await made.done([one])


async def test_what_nobody_acknowledges_is_put_aside_while_the_broker_is_away(mosquitto):
    async with target("MQTT", "orders", qos=0) as out:
        mosquitto.stop()
        said = [""]
        for _ in range(100):  # until the client has seen that it is
            said += await out.send(outgoing([1]))
            await asyncio.sleep(0.05)
            if said[-1]:
                break
    assert "away" in said[-1]


def test_a_quality_that_there_is_not_is_told():
    with pytest.raises(PortError, match="0, 1 or 2"):
        Connection(declared("MQTT", "orders", qos=3), "")


async def test_an_id_from_outside_that_is_no_text_stops_nothing(mosquitto):
    async with source("MQTT", "orders") as made, target("MQTT", "orders") as out:
        assert list(await out.send(outgoing([1], stem="a\udcff\n"))) == [""]
        (one,) = await asyncio.wait_for(made.pull(10), 10)
        assert one.message.id == "a%ED%B3%BF%0A0"
        await made.done([one])


async def test_a_topic_that_nothing_can_be_sent_to_refuses_the_result_alone(mosquitto):
    async with source("MQTT", "orders") as made, target("MQTT", "orders") as out:
        refused, taken = await out.send([*outgoing([1], "orders/#"), *outgoing([2])])
        assert "orders/#" in refused and not taken
        (one,) = await asyncio.wait_for(made.pull(10), 10)
        assert one.message.data == 2
        await made.done([one])


async def test_what_nobody_acknowledges_does_not_fill_the_memory(mosquitto, monkeypatch):
    monkeypatch.setattr("kodonb.kumeo.ports.mqtt.source._MOST_WAITING", 10)
    told, full = [], asyncio.Event()

    def warn(said):
        told.append(said)
        full.set()

    async with source("MQTT", "orders", warn=warn) as made, target("MQTT", "orders", qos=0) as out:
        await out.send(outgoing(range(50)))
        await asyncio.wait_for(full.wait(), 10)
        await asyncio.sleep(0.1)
        found = await made.pull(100)
        assert [each.message.data for each in found] == list(range(10))
        assert len(told) == 1 and "lost" in told[0]
        await out.send(outgoing([50]))
        assert (await asyncio.wait_for(made.pull(1), 10))[0].message.data == 50
