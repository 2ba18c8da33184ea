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


@pytest.mark.parametrize("address", ["ftp://x", "orders", "http://", "http://x:99999/orders", "http://x:y"])
async def test_an_address_that_is_none_is_told(address):
    for opened in (source, target):
        with pytest.raises(PortError, match=r"KN821: .*address"):
            async with opened("HTTP", address):
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


def of_page(origin, **more):
    return {"Origin": origin, "Content-Type": "application/json", **more}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (of_page("https://evil.example", **{"Content-Type": "text/plain"}), 403),
        (of_page("http://localhost:3000"), 403),
        (of_page("null"), 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 200),  # what curl says of what it sends
    ],
)
async def test_a_page_of_another_site_sends_no_messages_and_a_program_does(headers, status):
    async with (
        source("HTTP", "/orders", port=0) as made,
        serving(made, fine) as session,
        session.post(made.place.url, data=b"1", headers=headers) as answer,
    ):
        assert answer.status == status
        assert (status == 200) == ("error" not in await answer.json())


@pytest.mark.parametrize(
    ("content", "status"),
    [("application/json; charset=utf-8", 200), ("application/ld+json", 200), ("text/plain", 415)],
)
async def test_a_page_of_the_same_site_says_that_it_sends_json(content, status):
    async with source("HTTP", "/orders", port=0) as made, serving(made, fine) as session:
        own = of_page(f"http://127.0.0.1:{made.place.port}", **{"Content-Type": content})
        async with session.post(made.place.url, data=b"1", headers=own) as answer:
            assert answer.status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example:{port}", 403),  # a name that was made to lead here (DNS rebinding)
        ("localhost.evil.example", 403),
        ("[", 403),
        ("localhost:{port}", 200),
        ("orders.localhost", 200),
        ("127.0.0.1", 200),
        ("[::1]:{port}", 200),
    ],
)
async def test_a_source_on_loopback_answers_to_names_of_this_machine_only(host, status):
    async with source("HTTP", "/orders", port=0) as made, serving(made, fine) as session:
        said = host.format(port=made.place.port)
        headers = of_page(f"http://{said}", Host=said)
        async with session.post(made.place.url, data=b"1", headers=headers) as answer:
            assert answer.status == status


async def test_a_source_that_listens_for_others_may_have_any_name():
    listening = source("HTTP", "/orders", port=0, host="0.0.0.0")
    async with listening as made, serving(made, fine) as session:
        headers = of_page("https://orders.example", Host="orders.example:443")
        async with session.post(made.place.url, data=b"1", headers=headers) as answer:
            assert answer.status == 200


async def test_who_knows_the_token_is_welcome_from_every_site():
    async with source("HTTP", "/orders", port=0, token="let me in") as made, serving(made, fine) as session:
        headers = of_page("https://shop.example", Host="orders.example", Authorization="Bearer let me in")
        async with session.post(made.place.url, data=b"1", headers=headers) as answer:
            assert answer.status == 200


@asynccontextmanager
async def leading(status):
    """A server that leads what is posted to ``/in`` elsewhere, where it is taken, or a page is shown."""
    got = []

    async def lead(_):
        raise type("Led", (web.HTTPException,), {"status_code": status})(headers={"Location": "/there"})

    async def take(request):
        got.append((request.method, await request.text()))
        return web.Response(text="welcome")

    app = web.Application()
    app.router.add_post("/in", lead)
    app.router.add_route("*", "/there", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield got, f"http://127.0.0.1:{runner.addresses[0][1]}/in"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_result_that_is_led_elsewhere_is_taken_there_or_told_not_to_be(status):
    async with leading(status) as (got, url), target("HTTP", url) as out:
        (why,) = await out.send(outgoing([1]))
    if status in {307, 308}:
        assert (why, got) == ("", [("POST", "1")])
    else:  # another page is shown, and the result has gone nowhere
        assert why.startswith(f"{status} leads to another address")


@pytest.mark.parametrize(
    "options",
    [
        {"headers": "X-Team: orders"},
        {"headers": {"X-Team": "a\r\nX-Role: admin"}},
        {"headers": {"X Team\n": "a"}},
        {"token": "hush\n"},
        {"method": "GET"},
    ],
)
async def test_a_request_that_cannot_be_made_is_told_before_anything_is_sent(options):
    with pytest.raises(PortError, match="KN821") as caught:
        async with target("HTTP", "http://127.0.0.1/in", **options):
            pass
    assert "hush" not in str(caught.value)


async def test_a_port_that_there_is_not_is_told():
    with pytest.raises(PortError, match="nothing can listen"):
        async with source("HTTP", "/orders", port=99999):
            pass


async def test_errors_name_an_address_without_its_password():
    with pytest.raises(PortError, match=r"HTTP\('http://example.org/in'\)") as caught:
        async with target("HTTP", "http://me:hush@example.org/in", retries=3):
            pass
    assert "hush" not in str(caught.value)
