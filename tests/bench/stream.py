"""How long an event takes from its emission to a follower, and how many a second become durable."""

from __future__ import annotations

import time

from tests.bench import throughput
from tests.bench.cluster import Clusters
from tests.bench.flows import tick
from tests.bench.measure import Measure, percentile

_RATE = 1000


def measure(clusters: Clusters) -> list[Measure]:
    """Measure lag, then throughput."""
    return [*_lag(clusters), *throughput.measure(clusters)]


def _lag(clusters: Clusters) -> list[Measure]:
    cluster = clusters()
    cluster.settle()
    with cluster.ray() as ray:
        call = ray.call(500)
    lags = _lags(2.0 if clusters.quick else 10.0)
    beside = {"unit": "ms", "beside": "a Ray actor call", "baseline": call}
    name = f"lag emit → follower at {_RATE:,} events/s"
    return [
        Measure(name=f"{name}, p50", value=percentile(lags, 0.5), at_most=0.002, **beside),
        Measure(name=f"{name}, p99", value=percentile(lags, 0.99), at_most=0.015, **beside),
    ]


def _lags(length: float) -> list[float]:
    # Emitter and follower are on one machine: both read the same clock.
    run = tick.submit(seconds=length, rate=_RATE)
    return [
        (time.monotonic_ns() - event.payload["at"]) / 1e9 for event in run.events() if event.kind == "debug"
    ]
