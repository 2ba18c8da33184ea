"""What waiting costs: twenty runs with an open question, each followed, and nothing to do."""

from __future__ import annotations

import time
from collections import defaultdict
from concurrent.futures import Future
from typing import Any

import psutil

from kodonb.session.run import Run
from tests.bench.cluster import Cluster, Clusters
from tests.bench.flows import park
from tests.bench.measure import Measure

_RUNS = 20
_CALM = 10.0  # seconds until processes that have just started are as quiet as they get
_OURS = {"Runner": "runners", "SpoolerActor": "spooler", "Pool": "pool"}
_RAY = {
    "raylet/raylet": "raylet",
    "gcs_server": "gcs_server",
    "ray::IDLE": "idle workers",
    "session.ray.head": "head",
}
_GROUPS = ("spooler", "pool", "runners", "client", "head", "idle workers", "raylet", "gcs_server", "agents")


def measure(clusters: Clusters) -> list[Measure]:
    """Measure the idle cluster, then the same with runs that wait."""
    length = 5.0 if clusters.quick else 30.0
    cluster = clusters()
    cluster.settle(quiet=_CALM)
    empty = _shares(cluster, length)
    runs = [park.submit() for _ in range(_RUNS)]
    pages = [_parked(run) for run in runs]
    cluster.settle(busy=_RUNS, quiet=_CALM)
    waiting = _shares(cluster, length)
    if any(page.done() for page in pages):
        raise RuntimeError("a run that waits has news")
    for run in runs:
        run.cancel(0.0)
    return [*_totals(waiting, empty), *_parts(waiting, empty)]


def _parked(run: Run) -> Future[Any]:
    """Return the pending request for what comes after the question, as a follower holds it."""
    last = next(event.offset for event in run.events(kind="status") if event.payload["status"] == "awaiting")
    return run.session.page(run.id, last)


def _totals(waiting: dict[str, float], empty: dict[str, float]) -> list[Measure]:
    name = f"CPU of {_RUNS} awaiting runs, {_RUNS} followers"
    total, idle = sum(waiting.values()), sum(empty.values())
    return [
        Measure(name=name, value=total, unit="%", beside="the idle cluster", baseline=idle, at_most=0.03),
        Measure(name="· of that, beyond the idle cluster", value=total - idle, unit="%"),
    ]


def _parts(waiting: dict[str, float], empty: dict[str, float]) -> list[Measure]:
    return [
        Measure(name=f"· {group}", value=waiting[group], unit="%", baseline=empty[group], beside="idle")
        for group in _GROUPS
    ]


def _shares(cluster: Cluster, length: float) -> dict[str, float]:
    """Return the share of one core that each group of processes takes."""
    began, before = time.monotonic(), _used(cluster)
    time.sleep(length)
    after = _used(cluster)
    shares: defaultdict[str, float] = defaultdict(float)
    for key, used in after.items():
        shares[key[0]] += (used - before.get(key, used)) / (time.monotonic() - began)
    return shares


def _used(cluster: Cluster) -> dict[tuple[str, int], float]:
    """Return the seconds of CPU that each process has used, by its group and id."""
    found = {("client", 0): _seconds(psutil.Process())}
    for process in (cluster.head, *cluster.head.children(recursive=True)):
        try:
            found[_group(process), process.pid] = _seconds(process)
        except psutil.NoSuchProcess:
            continue
    return found


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _group(process: psutil.Process) -> str:
    title = " ".join(process.cmdline())
    for mark, group in _RAY.items():
        if mark in title:
            return group
    actor = title.partition("ray::")[2].partition(".")[0].split(" ")[0]
    return _OURS.get(actor, "agents")
