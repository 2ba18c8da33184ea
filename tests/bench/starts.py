"""How soon a run starts when runners are ready, beside a Ray task's round trip."""

from __future__ import annotations

import statistics
import time

from tests.bench.cluster import Cluster, Clusters
from tests.bench.flows import nothing
from tests.bench.measure import Measure

SUBMITTED = 2
"""Offset of the last of the events that submitting itself enters: all later ones come from the runner."""


def measure(clusters: Clusters) -> list[Measure]:
    """Submit one run after another, each when the pool is full again."""
    cluster = clusters()
    with cluster.ray() as ray:
        task = ray.task(200)
    warm = [_start(cluster) for _ in range(1 + (3 if clusters.quick else 11))][1:]
    returned, first = (statistics.median(column) for column in zip(*warm, strict=True))
    names = (("submit returns, warm", returned, 0.05), ("first event at a follower, warm", first, 0.1))
    return [
        Measure(name=name, value=value, unit="ms", beside="a Ray task", baseline=task, at_most=bound)
        for name, value, bound in names
    ]


def _start(cluster: Cluster) -> tuple[float, float]:
    cluster.settle()
    return start()


def start() -> tuple[float, float]:
    """Return the seconds until `submit` has returned and until a follower has the runner's first event."""
    began = time.perf_counter()
    run = nothing.submit()
    returned = time.perf_counter() - began
    next(iter(run.events(after=SUBMITTED)))
    first = time.perf_counter() - began
    run.wait()
    return returned, first
