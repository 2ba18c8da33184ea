"""Bodies that are too large or too slow, and requests that are too many."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Annotated

import pytest
from fastapi import Body, FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse

from kodonb.model.errors import UsageError
from kodonb.serve.access import limits as limits_module
from kodonb.serve.access.keys import Keys
from kodonb.serve.access.limits import BodyLimit
from kodonb.serve.access.rates import RateLimit, read
from kodonb.serve.problems import explain
from tests.serve.raw import Connection

LIMIT = 1000


def application(patience=20.0):
    """Return an application that takes bodies in every way there is."""
    app = FastAPI()
    explain(app)
    app.add_middleware(BodyLimit, limit=LIMIT, patience=patience)

    @app.post("/whole")
    @app.post("/files")
    @app.patch("/files/x")
    @app.post("/filesystem")
    async def whole(request: Request):
        return {"bytes": len(await request.body())}

    @app.post("/model")
    async def model(value: Annotated[dict, Body()]):
        return {"keys": len(value)}

    @app.post("/swallows")
    async def swallows(request: Request):
        try:
            await request.body()
        except Exception:  # noqa: BLE001 - what applications do
            return JSONResponse({"all": "well"})
        return JSONResponse({"all": "here"})

    @app.post("/later")
    async def later(request: Request):
        await request.body()

        async def pieces():
            await asyncio.sleep(4 * patience)
            yield b"at last"

        return StreamingResponse(pieces())

    @app.post("/ignores")
    async def ignores():
        return {"read": False}

    return app


@pytest.fixture
def client(serve):
    return serve(application())


def test_a_body_may_have_as_much_as_the_limit_and_no_more(client):
    assert client.post("/whole", content=b"x" * LIMIT).json() == {"bytes": LIMIT}
    refused = client.post("/whole", content=b"x" * (LIMIT + 1))
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["detail"] == "the body of a request may hold 1,000 bytes"


@pytest.mark.parametrize("path", ["/whole", "/model", "/swallows", "/ignores"])
def test_an_announced_length_above_the_limit_is_refused_before_anything_is_sent(client, path):
    with Connection(client.base_url) as raw:
        raw.head("POST", path, {"Content-Length": 10**12, "Content-Type": "application/json"})
        answer = raw.answer()
        assert answer.status == 413 and answer.headers["connection"] == "close"
        assert raw.is_closed()


@pytest.mark.parametrize("path", ["/whole", "/model", "/swallows"])
def test_a_length_that_is_not_announced_is_refused_where_it_passes_the_limit(client, path):
    with Connection(client.base_url) as raw:
        raw.head("POST", path, {"Transfer-Encoding": "chunked", "Content-Type": "application/json"})
        for _ in range(6):
            raw.chunk(b"x" * 200)
        answer = raw.answer()
        assert answer.status == 413 and answer.json()["status"] == 413
        assert raw.is_closed()


async def echo(scope, receive, send):
    """Answer with what comes while it comes."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    while True:
        message = await receive()
        await send({"type": "http.response.body", "body": message["body"], "more_body": message["more_body"]})
        if not message["more_body"]:
            return


def test_an_answer_that_has_begun_is_cut_off_where_the_body_passes_the_limit(serve):
    client = serve(BodyLimit(echo, LIMIT), lifespan="off")
    with Connection(client.base_url) as raw:
        raw.head("POST", "/", {"Transfer-Encoding": "chunked"})
        raw.chunk(b"x" * 500)
        told = b""
        while b"x" * 500 not in told:
            told += raw.socket.recv(65536)
        raw.chunk(b"x" * 600)
        while got := raw.socket.recv(65536):
            told += got
        assert told.startswith(b"HTTP/1.1 200 OK") and told.endswith(b"x" * 500 + b"\r\n")
    assert client.post("/", content=b"abc").text == "abc"


@pytest.mark.parametrize(("method", "path"), [("POST", "/files"), ("PATCH", "/files/x")])
def test_files_are_limited_elsewhere(client, method, path):
    assert client.request(method, path, content=b"x" * 5000).json() == {"bytes": 5000}


LIKE_FILES = [
    "/filesystem",
    "/whole?path=/files",
    "//files",
    "/files/../whole",
    "/files/",
    "/files/x",
    "/files%2fx",
]


@pytest.mark.parametrize("path", LIKE_FILES)
def test_what_only_looks_like_files_is_limited_here(client, path):
    with Connection(client.base_url) as raw:
        raw.head("POST", path, {"Content-Length": LIMIT + 1})
        assert raw.answer().status == 413


@pytest.mark.parametrize("path", ["/whole", "/model", "/swallows", "/files"])
@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_a_body_that_does_not_come_ends_the_request(serve, path, announced):
    client = serve(application(patience=0.2))
    length = {"Content-Length": 100} if announced else {"Transfer-Encoding": "chunked"}
    with Connection(client.base_url) as raw:
        raw.head("POST", path, {**length, "Content-Type": "application/json"})
        raw.send(b'{"a": ') if announced else raw.chunk(b'{"a": ')
        answer = raw.answer()
        assert answer.status == 408 and answer.headers["connection"] == "close"
        assert answer.json()["detail"] == "the body did not come in time"
        assert raw.is_closed()


def test_a_body_that_comes_in_single_bytes_ends_the_request(serve):
    client = serve(application(patience=0.2))
    with Connection(client.base_url) as raw:
        raw.head("POST", "/whole", {"Content-Length": 500})
        raw.socket.settimeout(0.02)
        for _ in range(499):
            raw.send(b"x")
            try:
                start = raw.socket.recv(12)
            except TimeoutError:
                continue
            assert start == b"HTTP/1.1 408"
            break
        else:
            raise AssertionError("there was no answer")


def test_what_comes_steadily_may_take_as_long_as_it_wants(monkeypatch):
    now = 0.0
    took = 20.0
    monkeypatch.setattr(limits_module, "time", SimpleNamespace(monotonic=lambda: now))

    async def receive():
        nonlocal now
        now += took
        return {"type": "http.request", "body": b"x" * 20 * limits_module.SLOWEST, "more_body": True}

    async def story():
        nonlocal now, took
        body = limits_module._Body(receive, receive, None, 30.0)
        for _ in range(1000):
            await body.receive()
            assert body._left() == 30.0  # as long as it goes on, silence may last as long as ever
        now += 1000
        assert body._left() == 30.0  # what the application takes is not the client's affair
        took = 45.0
        await body.receive()
        assert body._left() == 5.0
        await body.receive()
        assert body._left() == 0.0

    asyncio.run(story())


def test_a_body_that_is_there_is_taken_however_late_the_application_asks(serve):
    app = FastAPI()
    app.add_middleware(BodyLimit, limit=LIMIT, patience=0.1)

    @app.post("/")
    async def late(request: Request):
        await asyncio.sleep(0.4)
        return {"bytes": len(await request.body())}

    assert serve(app).post("/", content=b"x" * 500).json() == {"bytes": 500}


def test_an_answer_may_take_longer_than_a_body(serve):
    client = serve(application(patience=0.1))
    assert client.post("/later", content=b"x").text == "at last"


def test_a_connection_is_used_again_after_a_body_that_fits(client):
    with Connection(client.base_url) as raw:
        for _ in range(3):
            raw.head("POST", "/whole", {"Content-Length": 3})
            raw.send(b"abc")
            assert raw.answer().json() == {"bytes": 3}


class Clock:
    """The time that limits see."""

    def __init__(self, monkeypatch):
        self.now = 1_000_000.0
        there = SimpleNamespace(time=lambda: self.now)
        for module in ("limits.aio.storage.memory", "limits.aio.strategies", "kodonb.serve.access.rates"):
            monkeypatch.setattr(f"{module}.time", there)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


async def _ok(_, __, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def ask(app, method="POST", token=None, host="10.0.0.1"):
    """Send a request; return status and headers."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {"type": "http", "method": method, "path": "/", "headers": headers, "client": (host, 1)}
    asyncio.run(app(scope, None, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys.json")


def test_too_many_requests_are_told_when_to_come_back(clock):
    app = RateLimit(_ok, None, "3/minute")
    left = [ask(app)[1]["ratelimit"].split(";")[1] for _ in range(3)]
    assert left == ["r=2", "r=1", "r=0"]
    status, headers = ask(app)
    assert status == 429
    assert headers["content-type"] == "application/problem+json"
    assert headers["ratelimit-policy"] == '"write";q=3;w=60'
    assert headers["ratelimit"].startswith('"write";r=0;t=')
    assert 1 <= int(headers["retry-after"]) <= 60


@pytest.mark.parametrize("rate", ["1/second", "2/second", "5/10 seconds", "7/minute", "100/minute", "3/hour"])
def test_who_comes_back_when_told_is_let_in(clock, rate):
    app, chance, refused = RateLimit(_ok, None, rate), random.Random(rate), 0
    window = read(rate).get_expiry()
    for _ in range(400):
        clock.now += chance.expovariate(3 * read(rate).amount / window)
        status, headers = ask(app)
        if status == 429:
            refused += 1
            clock.now += int(headers["retry-after"])
            assert ask(app)[0] == 200
    assert refused > 10


@pytest.mark.parametrize("rate", ["5/second", "60/minute"])
def test_in_the_long_run_no_more_is_let_through_than_the_rate_and_never_twice_as_much(clock, rate):
    app, chance, passed = RateLimit(_ok, None, rate), random.Random(rate), []
    amount, window = read(rate).amount, read(rate).get_expiry()
    begun = clock.now
    for _ in range(2000):
        clock.now += chance.expovariate(4 * amount / window) * (10 if chance.random() < 0.1 else 1)
        if ask(app)[0] == 200:
            passed.append(clock.now)
    assert len(passed) <= amount * ((clock.now - begun) / window + 1)
    assert max(sum(at <= other < at + window for other in passed) for at in passed) <= 2 * amount


def test_reading_may_be_done_ten_times_as_often(clock):
    app = RateLimit(_ok, None, "2/minute")
    assert [ask(app, method)[0] for method in ("POST", "PATCH", "DELETE")] == [200, 200, 429]
    assert [ask(app, "GET")[0] for _ in range(21)] == [200] * 20 + [429]
    assert ask(app, "HEAD")[1]["ratelimit-policy"] == '"read";q=20;w=60'


def test_each_caller_has_a_count_of_their_own_wherever_they_are(clock, keys):
    app = RateLimit(_ok, keys, "2/minute")
    one, other = keys.create("one", ["run"]), keys.create("other", ["run"])
    assert [ask(app, token=one, host=f"10.0.0.{n}")[0] for n in range(3)] == [200, 200, 429]
    assert [ask(app, token=other)[0] for _ in range(3)] == [200, 200, 429]
    assert [ask(app)[0] for _ in range(3)] == [200, 200, 429]


def test_who_has_no_token_is_counted_by_address(clock):
    app = RateLimit(_ok, None, "1/minute")
    hosts = ["10.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "2001:db8:1::1"]
    assert [ask(app, host=host)[0] for host in hosts] == [200, 429, 200, 200, 429, 200]


def test_a_name_is_no_address(clock, keys):
    app = RateLimit(_ok, keys, "1/minute")
    token = keys.create("10.0.0.1", ["run"])
    assert [ask(app)[0], ask(app, token=token)[0], ask(app)[0]] == [200, 200, 429]


def test_without_a_rate_nothing_is_counted_but_bad_tokens(clock, keys):
    app = RateLimit(_ok, keys, None, failures="3/minute")
    assert [ask(app)[0] for _ in range(50)] == [200] * 50
    assert "ratelimit" not in ask(app)[1]
    assert [ask(app, token="bad")[0] for _ in range(4)] == [200, 200, 200, 429]


def test_an_address_that_sends_bad_tokens_is_not_listened_to_for_a_while(clock, keys):
    app = RateLimit(_ok, keys, failures="5/minute")
    token = keys.create("ci", ["run"])
    assert [ask(app, token=f"knb_{n}")[0] for n in range(6)] == [200] * 5 + [429]
    status, headers = ask(app, token=token)  # it may be a good guess; whether it is, is not said
    assert status == 429 and int(headers["retry-after"]) >= 1
    assert ask(app, token=token, host="10.0.0.2")[0] == 200
    assert ask(app)[0] == 200  # what needs no token
    clock.now += 120
    assert ask(app, token=token)[0] == 200


def test_who_was_let_in_before_is_not_locked_out_by_others_at_the_same_address(clock, keys):
    app = RateLimit(_ok, keys, failures="2/minute")
    token = keys.create("ci", ["run"])
    assert ask(app, token=token)[0] == 200
    assert [ask(app, token="bad")[0] for _ in range(3)] == [200, 200, 429]
    assert ask(app, token=token)[0] == 200
    keys.revoke("ci")
    assert ask(app, token=token)[0] == 200  # whoever needs to know them will refuse them
    left = asyncio.run(app._counts.get_window_stats(read("2/minute"), "failures", "10.0.0.1"))
    assert left.remaining == 0


def test_addresses_that_are_silent_are_forgotten(clock):
    app = RateLimit(_ok, None, "5/second")
    for number in range(300):
        ask(app, host=f"10.0.{number // 256}.{number % 256}")
    clock.now += 10
    for _ in range(3):
        ask(app)  # each request has what is old swept out
    assert len(app._counts.storage.storage) <= 2


def test_remembered_tokens_are_bounded(clock, keys):
    app = RateLimit(_ok, keys)
    for number in range(1100):
        app._remember(b"%d" % number)
    assert len(app._good) == 1024


@pytest.mark.parametrize(
    "rate", ["", "many", "0/minute", "-1/minute", "10", "10/fortnight", "1/second; 5/minute x"]
)
def test_what_is_no_rate_is_refused_at_once(rate):
    with pytest.raises(UsageError) as told:
        RateLimit(_ok, None, rate)
    assert told.value.code == "KN007"


def test_over_http_limits_are_told_with_every_answer(serve, keys):
    app = FastAPI()
    explain(app)
    app.add_middleware(RateLimit, access=keys, rate="2/minute")
    client = serve(app)
    answers = [client.post("/nowhere") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert all("ratelimit" in answer.headers for answer in answers)
    assert answers[-1].json()["code"] == "KN709" and answers[-1].json()["detail"] == "too many requests"


def test_a_header_that_claims_another_address_is_not_believed(serve):
    app = FastAPI()
    app.add_middleware(RateLimit, access=None, rate="1/minute")
    client = serve(app, proxy_headers=False)
    claimed = [{"X-Forwarded-For": f"10.0.0.{n}", "Forwarded": f"for=10.0.0.{n}"} for n in range(3)]
    assert [client.post("/", headers=headers).status_code for headers in claimed] == [404, 429, 429]
