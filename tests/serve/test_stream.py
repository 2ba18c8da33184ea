"""Following runs: complete, in order, from anywhere, and at nobody's expense."""

from __future__ import annotations

import gc
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from itertools import islice
from urllib.parse import urlsplit

import httpx
import pytest

import kodonb as kb
from kodonb.model.settings import settings
from kodonb.serve import ServeAPI
from kodonb.serve.runs import broadcast
from kodonb.serve.runs.stream import CLOSED, LOST, RETRY
from kodonb.session import submit
from kodonb.session.inline import InlineSession
from tests.serve import samples
from tests.serve.sse import events, parts

CROWD = 30


@pytest.fixture
def app():
    made = ServeAPI(access=None, rate=None)
    for flow in (samples.emits, samples.double, bulky, samples.asks):
        made.include(flow)
    return made


@pytest.fixture
def client(serve, app):
    return serve(app)


@kb.flow
def bulky(n: int, size: int):
    """Emits large events, some thousand bytes each."""
    for i in range(n):
        kb.emit("debug", {"i": i, "text": "x" * size})


def launch(client, path, **inputs):
    return client.post(path, json=inputs).json()["run"]


def until(look):
    end = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < end
    return found


def follow(client, run, **headers):
    with client.stream("GET", f"/runs/{run}/events", headers=headers) as answer:
        assert answer.status_code == 200
        return list(events(answer.iter_lines()))


def logged(run):
    return [(event.offset, event.kind, event.payload) for event in kb.attach(run).events(follow=False)]


def told(found):
    return [(event["offset"], event["kind"], event["payload"]) for event in found]


# --- what is told


def test_a_stream_tells_every_event_in_order_and_ends_with_the_run(client):
    run = launch(client, "/emits", n=50, behind="whole")
    with client.stream("GET", f"/runs/{run}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert "content-length" not in answer.headers
        stream = parts(answer.iter_lines())
        assert next(stream) == {"retry": "2000"}
        first = [part["id"] for part in islice(stream, 20)]
        samples.gate("whole").set()
        rest = [part["id"] for part in stream]
    assert [*first, *rest] == [str(offset) for offset, *_ in logged(run)]


def test_a_run_that_has_ended_is_told_again(client):
    run = launch(client, "/emits", n=500)
    assert told(follow(client, run)) == logged(run)
    assert told(follow(client, run)) == logged(run)
    assert RETRY.startswith(b"retry: 2000")


@pytest.mark.parametrize("gate", ["", "resumed"], ids=["ended", "going on"])
def test_a_stream_goes_on_where_its_client_was(client, gate):
    run = launch(client, "/emits", n=20, behind=gate)
    until(lambda: kb.attach(run).record.events > 20)
    threading.Timer(0.2, samples.gate(gate).set).start() if gate else None
    found = {after: follow(client, run, **{"Last-Event-ID": str(after)}) for after in (-1, 0, 7, 19)}
    whole = logged(run)
    for after, stream in found.items():
        assert told(stream) == whole[after + 1 :], after


def test_a_client_that_has_everything_is_told_nothing(client):
    run = launch(client, "/double", n=1)
    last = len(follow(client, run)) - 1
    for after in (last, last + 1, 2**32 - 1):
        assert follow(client, run, **{"Last-Event-ID": str(after)}) == []


@pytest.mark.parametrize("bad", ["x", "-2", "1.5", "4294967296", "", "0x1"])
def test_an_offset_that_is_none_is_refused(client, bad):
    run = launch(client, "/double", n=1)
    answer = client.get(f"/runs/{run}/events", headers={"Last-Event-ID": bad})
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"


def test_silence_is_told_so_that_nothing_takes_the_connection_for_dead(client, monkeypatch):
    monkeypatch.setattr(broadcast, "HEARTBEAT", 0.05)
    run = launch(client, "/emits", behind="quiet")
    with client.stream("GET", f"/runs/{run}/events") as answer:
        comments = 0
        for part in parts(answer.iter_lines()):
            comments += "" in part
            if comments == 3:
                samples.gate("quiet").set()
    assert comments >= 3


# --- many, slow and gone


def test_a_crowd_is_told_the_same_by_one_who_follows(client, app, inline):
    """All get everything, and the session is asked for each page once."""
    asked = []
    real = inline.page
    inline.page = lambda run, after: asked.append(after) or real(run, after)
    run = launch(client, "/emits", n=300, behind="crowded")
    found = []
    with httpx.Client(
        base_url=client.base_url, limits=httpx.Limits(max_connections=None), timeout=30
    ) as other:
        crowd = [threading.Thread(target=lambda: found.append(follow(other, run))) for _ in range(CROWD)]
        for thread in crowd:
            thread.start()
        until(lambda: app._service.streams.followers == CROWD)
        samples.gate("crowded").set()
        for thread in crowd:
            thread.join(30)
    whole = logged(run)
    assert len(found) == CROWD and all(told(each) == whole for each in found)
    assert len(asked) == len(set(asked))
    assert app._service.streams.followers == 0


def test_who_reads_slowly_holds_up_nobody_and_costs_no_memory(client, app, inline):
    run = launch(client, "/bulky", n=3000, size=10_000)
    host, port = urlsplit(str(client.base_url)).netloc.split(":")
    with socket.create_connection((host, int(port))) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.sendall(f"GET /runs/{run}/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert slow.recv(10)  # and no more for now
        assert [offset for offset, *_ in told(follow(client, run))] == list(range(len(logged(run))))
        assert app._service.streams.followers == 1
        gc.collect()
        held = [each for each in gc.get_objects() if isinstance(each, broadcast.Broadcast)]
        assert all(each._size <= broadcast.KEPT + 2_000_000 for each in held)
        got = b"".join(iter(lambda: slow.recv(1 << 16), b""))
    assert got.count(b"\nevent: debug\n") == 3000
    assert b'"i":2999' in got
    until(lambda: app._service.streams.followers == 0)


def test_a_client_that_leaves_is_noticed_at_once_though_the_run_is_silent(client, app):
    run = launch(client, "/asks")
    until(lambda: kb.attach(run).locks())
    with ExitStack() as stack:
        answers = [stack.enter_context(client.stream("GET", f"/runs/{run}/events")) for _ in range(3)]
        lines = [answer.iter_lines() for answer in answers]
        assert [next(each) for each in lines] == ["retry: 2000"] * 3
        assert app._service.streams.followers == 3
    until(lambda: app._service.streams.followers == 0)
    assert not app._service.streams._open
    client.post(f"/runs/{run}/cancel")


# --- what breaks


def test_a_stream_whose_run_is_out_of_reach_says_so_and_ends(serve, app, home):
    """The run is carried by another process, as far as this session can tell."""
    other = InlineSession(settings())
    try:
        run = submit(samples.asks, {}, other)
        until(run.locks)
        client = serve(app)
        text = client.get(f"/runs/{run.id}/events").text
        assert text.encode().endswith(LOST) and "event: lock" in text
        assert client.get(f"/runs/{run.id}/result?wait=20").status_code == 202
    finally:
        other.close()


def test_a_stream_ends_with_its_session(client):
    run = launch(client, "/asks")
    until(lambda: kb.attach(run).locks())
    with client.stream("GET", f"/runs/{run}/events") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "retry: 2000"
        threading.Timer(0.1, kb.disconnect).start()
        left = list(lines)
    assert LOST.decode().strip() in left or any("event: final" in line for line in left)


SERVICE = """
import kodonb as kb
from kodonb.serve import ServeAPI
from tests.serve import samples

app = ServeAPI(access=None)
app.include(samples.asks)
"""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_told_to_end_lets_its_followers_go(home, tmp_path, sent):
    """With plain uvicorn, which waits for open responses as long as they take."""
    (tmp_path / "service.py").write_text(SERVICE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "service:app",
        "--port",
        str(port),
        "--app-dir",
        str(tmp_path),
    ]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        for line in server.stderr:
            if "Uvicorn running" in line:
                break
        drained = threading.Thread(target=server.stderr.read)
        drained.start()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            run = launch(client, "/asks")
            until(lambda: client.get(f"/runs/{run}/locks").json())
            with client.stream("GET", f"/runs/{run}/events") as answer:
                chunks = answer.iter_raw()
                assert next(chunks).startswith(RETRY)
                server.send_signal(sent)
                rest = b"".join(chunks)
        assert rest.endswith(CLOSED)
        server.wait(20)
    finally:
        server.kill()
        server.wait()
        drained.join()
        server.stderr.close()
