"""How soon a run starts when no runner is ready, beside creating and calling one Ray actor.

The instance keeps no runners at all: nothing else is being started meanwhile, for us as for Ray.
"""

from __future__ import annotations

import statistics
import time

from tests.bench.cluster import Cluster, Clusters
from tests.bench.measure import Measure
from tests.bench.rayside import Ray
from tests.bench.starts import start


def measure(clusters: Clusters) -> list[Measure]:
    """Start a run and an actor in turn."""
    cluster = clusters(warm=0)
    with cluster.ray() as ray:
        rounds = [_round(cluster, ray) for _ in range(1 + (2 if clusters.quick else 7))][1:]
    first, actor = (statistics.median(column) for column in zip(*rounds, strict=True))
    return [
        Measure(
            name="first event at a follower, cold",
            value=first,
            unit="s",
            beside="a new Ray actor",
            baseline=actor,
            ratio_at_most=1.3,
        )
    ]


def _round(cluster: Cluster, ray: Ray) -> tuple[float, float]:
    cluster.settle()
    _, first = start()
    cluster.settle()
    actor = ray.actor()
    time.sleep(1.0)  # its process ends
    return first, actor
