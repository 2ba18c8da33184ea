from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from kodonb.kumeo.ports.errors import PortError
from tests.kumeo.ports.opening import outgoing, source, target
from tests.kumeo.ports.servers import free_port


@asynccontextmanager
async def serving(made, answer):
    """See to the messages of a source as a workflow does."""

    async def serve():
        while batch := await made.pull(10):
            for each in batch:
                results, fault = answer(each.message)
                await made.answer(each, results, fault)
            await made.done(batch)

    task = asyncio.ensure_future(serve())
    try:
        async with aiohttp.ClientSession() as session:
            yield session
    finally:
        task.cancel()


def fine(message):
    return [{"got": message.data}], ""


async def test_a_response_says_what_became_of_the_message():
    async with source("HTTP", "/orders", port=0) as made, serving(made, fine) as session:
        answer = await session.post(made.place.url, json={"n": 1}, headers={"Idempotency-Key": "abc"})
        assert answer.status == 200
        assert await answer.json() == {"event": "abc", "results": [{"got": {"n": 1}}]}


async def test_many_requests_are_answered_each_with_its_own():
    async with source("HTTP", "/orders", port=0) as made, serving(made, fine) as session:

        async def one(number):
            async with session.post(made.place.url, json=number) as answer:
                return (await answer.json())["results"][0]["got"]

        assert await asyncio.gather(*(one(number) for number in range(100))) == list(range(100))


async def test_what_was_put_aside_is_told():
    async with (
        source("HTTP", "/orders", port=0) as made,
        serving(made, lambda _: ([], "check: negative")) as session,
    ):
        answer = await session.post(made.place.url, json={"n": -1})
        assert answer.status == 422 and (await answer.json())["error"] == "check: negative"


async def test_what_is_no_json_or_too_large_is_refused():
    async with source("HTTP", "/orders", port=0, max_size="1kB") as made, serving(made, fine) as session:
        async with session.post(made.place.url, data=b"{oops") as answer:
            assert answer.status == 400
        async with session.post(made.place.url, json="x" * 2000) as answer:
            assert answer.status == 413
        async with session.get(made.place.url) as answer:
            assert answer.status == 405


async def test_a_sender_must_know_the_token():
    async with source("HTTP", "/orders", port=0, token="let me in") as made, serving(made, fine) as session:
        async with session.post(made.place.url, json=1) as answer:
            assert answer.status == 401
        async with session.post(
            made.place.url, json=1, headers={"Authorization": "Bearer let me in"}
        ) as answer:
            assert answer.status == 200


async def test_a_request_that_takes_too_long_is_told_so():
    async with source("HTTP", "/orders", port=0, timeout="100ms") as made, aiohttp.ClientSession() as session:
        async with session.post(made.place.url, json=1) as answer:
            assert answer.status == 504
        assert (await made.pull(1))[0].message.data == 1


async def test_requests_that_wait_are_let_go_when_the_workflow_ends():
    async with aiohttp.ClientSession() as session:
        async with source("HTTP", "/orders", port=0) as made:
            waiting = asyncio.ensure_future(session.post(made.place.url, json=1))
            await made.pull(1)
        async with await waiting as answer:
            assert answer.status == 503


async def test_a_port_that_is_taken_is_told():
    async with source("HTTP", "/orders", port=0) as made:
        with pytest.raises(PortError, match="nothing can listen"):
            async with source("HTTP", made.place.url):
                pass


@asynccontextmanager
async def receiving(answers, port=0):
    """A server that answers as it is told, and 200 in the end; it keeps what it was sent."""
    got = []

    async def post(request):
        got.append((request.path, request.headers.get("Idempotency-Key"), await request.json()))
        return web.Response(status=answers.pop(0) if answers else 200, text="because")

    app = web.Application()
    app.router.add_post("/{path:.*}", post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield got, f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    finally:
        await runner.cleanup()


async def test_results_are_sent_with_their_ids_and_repeated_until_they_are_taken():
    async with receiving([503, 429]) as (got, url), target("HTTP", url) as out:
        assert list(await out.send(outgoing([{"n": 1}]))) == [""]
    assert got == [("/in", "id0", {"n": 1})] * 3


async def test_a_result_that_is_refused_for_good_is_told():
    async with receiving([400]) as (got, url), target("HTTP", url) as out:
        assert list(await out.send(outgoing([1]))) == ["400 because"]
        assert list(await out.send(outgoing([2], "sub"))) == [""]
    assert got[-1][0] == "/in/sub"


async def test_a_server_that_is_away_is_waited_for():
    port = free_port()
    async with target("HTTP", f"http://127.0.0.1:{port}/in") as out:
        sending = asyncio.ensure_future(out.send(outgoing([1, 2])))
        await asyncio.sleep(0.3)
        async with receiving([], port) as (got, _):
            assert list(await asyncio.wait_for(sending, 10)) == ["", ""]
    assert sorted(json.dumps(each[2]) for each in got) == ["1", "2"]


async def test_an_address_that_is_none_is_told():
    with pytest.raises(PortError, match="address"):
        async with target("HTTP", "ftp://x"):
            pass


async def test_a_token_that_is_not_ascii_is_compared_like_every_other():
    async with source("HTTP", "/orders", port=0, token="läßt mich") as made, serving(made, fine) as session:
        for said, status in (("Bearer ö", 401), ("Bearer läßt mich", 200)):
            async with session.post(made.place.url, json=1, headers={"Authorization": said}) as answer:
                assert answer.status == status


@asynccontextmanager
async def saying(body):
    """A server that refuses everything with so many bytes."""

    async def post(_):
        return web.Response(status=400, body=body, content_type="text/plain", charset="utf-8")

    app = web.Application()
    app.router.add_post("/in", post)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    finally:
        await runner.cleanup()


async def test_a_refusal_that_is_no_text_is_told_all_the_same():
    async with saying(b"\xff" + b"x" * 1_000_000) as url, target("HTTP", url) as out:
        (why,) = await out.send(outgoing([1]))
    assert why.startswith("400 \ufffdxxx") and len(why) < 300


async def test_an_id_from_outside_adds_no_headers():
    async with receiving([]) as (got, url), target("HTTP", url) as out:
        sent = outgoing([1], stem="a\r\nX-Role: admin ")
        assert list(await asyncio.wait_for(out.send(sent), 5)) == [""]
    assert got == [("/in", "a%0D%0AX-Role: admin 0", 1)]
