"""What an HTTP service adds: to a launch on Ray Serve, and to following one run by many."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from tests.bench.cluster import Cluster, Clusters
from tests.bench.measure import Measure, Timed, medians, percentile

FOLLOWERS = 200
RATE = 500
"""Events a second."""

ARRIVAL = 4.0
"""Seconds in which all followers come, before the first event."""

QUIET = 0.15
"""Seconds between launches, in which what the last one set going ends."""

ROOT = Path(__file__).parents[2]


def measure(clusters: Clusters) -> list[Measure]:
    """Measure launches, then followers."""
    cluster = clusters()
    return [
        *_launches(cluster, 20 if clusters.quick else 60),
        *_followers(cluster, 3 if clusters.quick else 10),
    ]


def _launches(cluster: Cluster, rounds: int) -> list[Measure]:
    """Launch through Ray Serve, in turn with a bare application that submits a Ray task.

    First as fast as one client may: then runners start in the place of those that were taken, beside both. Then each
    time when all of that is done.
    """
    with _serve(cluster) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        ours, bare = (_poster(connection, path) for path in ("/kodonb/nothing", "/bare/launch"))
        for _ in range(10):
            ours(), bare()
        cluster.settle()
        in_a_row = medians(ours, bare, rounds=rounds)
        at_rest = medians(_rested(ours, cluster), _rested(bare, cluster), rounds=rounds // 2)
        connection.close()
        cluster.settle()
    return [
        _beside_bare("launch over HTTP on Ray Serve, in a row", in_a_row),
        _beside_bare("the same, all runners waiting", at_rest),
    ]


def _beside_bare(name: str, measured: list[float]) -> Measure:
    taken, baseline = measured
    beside = "bare FastAPI on Serve + Ray task"
    return Measure(name=name, value=taken, unit="ms", beside=beside, baseline=baseline, ratio_at_most=1.2)


def _rested(timed: Timed, cluster: Cluster) -> Timed:
    def rested() -> float:
        cluster.settle(quiet=0.2)
        return timed()

    return rested


def _poster(connection: http.client.HTTPConnection, path: str) -> Timed:
    def post() -> float:
        time.sleep(QUIET)
        began = time.perf_counter()
        connection.request("POST", path, body=b"{}", headers={"Content-Type": "application/json"})
        response = connection.getresponse()
        told = response.read()
        assert response.status == 202, told
        return time.perf_counter() - began

    return post


@contextlib.contextmanager
def _serve(cluster: Cluster) -> Iterator[int]:
    """Run both applications on the cluster, and give the port of Serve's proxy."""
    told = cluster.ray_environment() | {"KODONB_NO_AUTH": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.bench.served", cluster.address, str(free_port())]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | told
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.communicate("")


def _followers(cluster: Cluster, duration: int) -> list[Measure]:
    """Let many follow one run over server-sent events."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "tests.bench.served:app",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"KODONB_NO_AUTH": "1"})
    try:
        lags, busy = asyncio.run(_follow(port, psutil.Process(server.pid), duration))
    finally:
        server.terminate()
        server.wait()
    cluster.settle()
    count = f"{FOLLOWERS} followers, {RATE} events/s"
    return [
        Measure(name=f"SSE lag p50, {count}", value=percentile(lags, 0.5), unit="ms"),
        Measure(name=f"SSE lag p99, {count}", value=percentile(lags, 0.99), unit="ms", at_most=0.1),
        Measure(name="CPU of the service meanwhile, of a core", value=busy, unit="%", at_most=1.0),
    ]


async def _follow(port: int, server: psutil.Process, duration: int) -> tuple[list[float], float]:
    """Return the lags that a sample of followers saw, and what share of a core the server took."""
    run = await asyncio.to_thread(_start, port, duration)
    began, before = time.perf_counter(), sum(server.cpu_times()[:2])
    found = await asyncio.gather(*(_lags(port, run, sampled=number % 10 == 0) for number in range(FOLLOWERS)))
    taken, used = time.perf_counter() - began, sum(server.cpu_times()[:2]) - before
    assert all(count == duration * RATE for count, _ in found), "a follower missed events"
    return [lag for _, lags in found for lag in lags], used / taken


def _start(port: int, duration: int) -> str:
    """Launch the run that emits, once the service answers."""
    body = json.dumps({"rate": RATE, "duration": duration, "delay": ARRIVAL})
    until = time.monotonic() + 60
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            connection.request("POST", "/emitting", body=body, headers={"Content-Type": "application/json"})
            told = json.loads(connection.getresponse().read())
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return str(told["run"])
        finally:
            connection.close()


async def _lags(port: int, run: str, *, sampled: bool) -> tuple[int, list[float]]:
    """Follow a run to its end; return how many of its own events came, and how late (of the sampled followers)."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
    writer.write(f"GET /runs/{run}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    count, lags = 0, []
    while line := await reader.readline():
        if not line.startswith(b"data:") or b'"sent"' not in line:
            continue
        count += 1
        if sampled:
            lags.append(time.time() - json.loads(line[5:])["payload"]["sent"])
    writer.close()
    return count, lags


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
