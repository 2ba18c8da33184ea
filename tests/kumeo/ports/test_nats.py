from __future__ import annotations

import asyncio
import gc
import json
import socket
import struct
import time
import weakref

import msgspec
import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats import connecting
from kodonb.kumeo.ports.nats.connecting import connected
from kodonb.kumeo.ports.nats.publishing import Letter, Publisher
from tests.kumeo.ports.opening import outgoing, pulled, source, target
from tests.kumeo.ports.servers import NatsServer
from tests.kumeo.running.counting import connection, everything, publish, size


@pytest.fixture
async def client(nats_server):
    async with connection(nats_server.url) as found:
        yield found


async def test_what_is_sent_comes_in_with_its_trace_and_key(client):
    async with target("NATS", "there", client=client) as out:
        assert list(await out.send(outgoing([{"k": "a", "n": 1}]))) == [""]
    async with source("NATS", "there", client=client, partition="k") as made:
        (incoming,) = await made.pull(10)
        assert incoming.message.data == {"k": "a", "n": 1}
        assert incoming.message.trace == "trace0" and incoming.message.key == "a"
        assert incoming.message.subject == "there" and abs(incoming.message.at.timestamp() - time.time()) < 10
        assert not incoming.again


async def test_a_result_that_is_sent_again_is_there_once(client):
    async with target("NATS", "out", client=client) as out:
        for _ in range(3):
            assert list(await out.send(outgoing(range(50)))) == [""] * 50
    assert await everything(client, "out") == list(range(50))


async def test_a_message_that_is_not_done_comes_again(client):
    await publish(client, "in", range(3))
    async with source("NATS", "in", client=client, ack_wait="1s") as made:
        first = await pulled(made, 3)
        await made.done(first[1:])
        await asyncio.sleep(0.3)
    async with source("NATS", "in", client=client) as made:
        (again,) = await asyncio.wait_for(made.pull(10), 10)
        assert again.message.id == first[0].message.id and again.again
        await made.done([again])


async def test_a_message_that_takes_long_is_not_given_to_somebody_else(client):
    await publish(client, "in", [1])
    async with source("NATS", "in", client=client, ack_wait="600ms") as made:
        (one,) = await made.pull(1)
        async with source("NATS", "in", client=client, ack_wait="600ms") as other:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(other.pull(1), 2)
        await made.done([one])


async def test_sources_with_one_name_share_the_messages(client):
    await publish(client, "in", range(100))
    async with (
        source("NATS", "in", client=client, queue="q") as one,
        source("NATS", "in", client=client, queue="q") as two,
    ):
        found = [each.message.data for made in (one, two, one, two) for each in await pulled(made, 25)]
    assert sorted(found) == list(range(100))


@pytest.mark.parametrize(("start", "first"), [("all", 0), ("4", 3), ("1h", 0), ("last", 4)])
async def test_a_new_consumer_begins_where_it_is_told(client, start, first):
    await publish(client, "in", range(5))
    async with source("NATS", "in", client=client, start=start, durable="d") as made:
        assert (await pulled(made, 5 - first))[0].message.data == first


async def test_replaying_begins_again_and_leads_to_new_ids(client):
    await publish(client, "in", range(5))
    async with source("NATS", "in", client=client) as made:
        first = await pulled(made, 5)
        await made.done(first)
    async with source("NATS", "in", client=client, replay="3") as made:
        again = await pulled(made, 3)
        assert [each.message.data for each in again] == [2, 3, 4]
        assert not {each.message.id for each in again} & {each.message.id for each in first}
        await made.done(again)
    await publish(client, "in", [5])
    async with source("NATS", "in", client=client) as made:
        assert [each.message.data for each in await pulled(made, 1)] == [5]


async def test_wildcards_and_other_words_than_json(client):
    publisher = Publisher(client)
    await publisher.open()
    async with source("NATS", "words.*", client=client, format="text") as made:
        await publisher.publish([Letter("words.a", "größer".encode(), {})])
        (one,) = await made.pull(1)
        assert one.message.data == "größer" and one.message.subject == "words.a"
    async with source("NATS", "words.*", client=client, durable="json") as made:
        (one,) = await made.pull(1)
        assert "no JSON" in one.fault


async def test_a_result_that_is_too_large_is_refused(client):
    async with target("NATS", "out", client=client) as out:
        small, large = await out.send(outgoing([1, "x" * 2_000_000]))
    assert small == "" and "bytes" in large


async def test_results_for_other_subjects_have_streams_too(client):
    async with target("NATS", "out", client=client) as out:
        await out.send(outgoing([1], "alerts.high"))
    assert await everything(client, "alerts.high") == [1]


async def test_a_stream_that_is_there_is_used(client):
    await client.jetstream().add_stream(name="all", subjects=["shop.>"])
    async with target("NATS", "shop.out", client=client) as out:
        await out.send(outgoing([1]))
    assert await size(client, "shop.out") == 1
    with pytest.raises(PortError, match="no stream"):
        async with source("NATS", "nowhere", client=client, create=False):
            pass


async def test_without_jetstream_messages_just_pass(client):
    async with source("NATS", "core", client=client, jetstream=False) as made:
        async with target("NATS", "core", client=client, jetstream=False) as out:
            await client.flush()
            await out.send(outgoing([{"n": 1}]))
        (one,) = await made.pull(5)
        assert one.message.data == {"n": 1}


async def test_a_wrong_password_is_told(nats_server):
    with pytest.raises(PortError, match=r"(?i)authorization") as caught:
        async with connection(nats_server.url.replace(nats_server.password, "wrong")):
            pass
    assert nats_server.password not in str(caught.value) and "KODONB_NATS" in str(caught.value)


async def test_a_refusal_is_told_although_the_reset_overtakes_it():
    async def refuse(reader, writer):
        writer.write(b'INFO {"auth_required": true, "max_payload": 1024}\r\n')
        asked = await reader.readline()
        if b'"verbose": true' in asked or b'"verbose":true' in asked:
            writer.write(b"-ERR 'Authorization Violation'\r\n")
        else:  # as if the words were lost: the client sees no more than the reset
            writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PortError, match="refuses the credentials: Authorization Violation"):
            async with connection(f"nats://tester:wrong@127.0.0.1:{port}"):
                pass


async def test_a_server_that_is_not_there_is_told():
    with pytest.raises(PortError, match="cannot be reached"):
        async with connection("nats://127.0.0.1:1"):
            pass


async def test_user_and_password_may_stand_beside_the_address(nats_server, tmp_path):
    said = {"url": f"nats://127.0.0.1:{nats_server.port}", "user": "tester", "password": nats_server.password}
    async with connected(said, tmp_path, lambda _: None) as client:
        assert client.is_connected
    with pytest.raises(PortError, match="passwort"):
        async with connected({**said, "passwort": "x"}, tmp_path, lambda _: None):
            pass


async def test_an_encrypted_connection_checks_the_server(tmp_path, monkeypatch):
    monkeypatch.setattr(connecting, "_WAIT", 2)
    import trustme

    authority, other = trustme.CA(), trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    other.cert_pem.write_to_path(tmp_path / "other.pem")
    server = NatsServer(
        tmp_path, f'tls {{ cert_file: "{tmp_path}/cert.pem", key_file: "{tmp_path}/key.pem" }}'
    )
    server.start()
    try:
        said = {"url": server.url.replace("nats:", "tls:"), "tls": {"ca": "ca.pem"}}
        async with connected(said, tmp_path, lambda _: None) as client:
            assert client.is_connected
        with pytest.raises(PortError, match=r"(?i)certificate|cannot be reached"):
            async with connected({**said, "tls": {"ca": "other.pem"}}, tmp_path, lambda _: None):
                pass
    finally:
        server.stop()


async def test_publishing_waits_for_a_server_that_is_away(nats_server, client):
    async with target("NATS", "out", client=client) as out:
        await out.send(outgoing([0], stem="first"))
        nats_server.kill()
        sending = asyncio.ensure_future(out.send(outgoing(range(100))))
        await asyncio.sleep(0.5)
        assert not sending.done()
        nats_server.start()
        assert list(await asyncio.wait_for(sending, 20)) == [""] * 100
    assert len(await everything(client, "out")) == 101
    assert json.dumps(await size(client, "out")) == "101"


async def test_a_key_from_outside_adds_no_headers(client):
    async with source("NATS", "in", client=client) as made, target("NATS", "in", client=client) as out:
        (sent,) = outgoing([1])
        assert list(
            await out.send([msgspec.structs.replace(sent, key="a\r\nNats-Expected-Stream: other\udcff")])
        ) == [""]
        (one,) = await asyncio.wait_for(made.pull(1), 10)
    assert set(one.message.headers) == {"Nats-Msg-Id", "Kumeo-Trace", "Kumeo-Key"}


async def test_a_connection_that_was_closed_is_forgotten(nats_server, tmp_path):
    async with (
        connected(nats_server.url, tmp_path, lambda _: None) as made,
        source("NATS", "in", client=made),
        target("NATS", "in", client=made),
    ):
        gone = weakref.ref(made)
    del made
    for _ in range(20):  # tasks of the client need a moment to end
        await asyncio.sleep(0.05)
        gc.collect()
    assert gone() is None


async def test_what_comes_too_fast_without_jetstream_is_not_heaped_up(client):
    async with source("NATS", "in", client=client, jetstream=False) as made:
        for number in range(25_000):
            await client.publish("in", str(number).encode())
        await client.flush()
        await asyncio.sleep(0.3)
        assert len(made._came) <= 10_000
        found = await asyncio.wait_for(pulled(made, 25_000), 20)
    assert [each.message.data for each in found] == list(range(25_000))
