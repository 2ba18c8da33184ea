"""How many events a second become durable, beside SQLite alone."""

from __future__ import annotations

import statistics
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kodonb.session.run import Run
from tests.bench import raw
from tests.bench.cluster import Cluster, Clusters
from tests.bench.flows import burst
from tests.bench.measure import Measure

_LOOK = 0.01  # seconds between looks at the log; a look is a seek in an index


def measure(clusters: Clusters) -> list[Measure]:
    """Measure one run, four at once, and one with a follower, in turn with SQLite alone."""
    count = 40_000 if clusters.quick else 1_200_000
    cluster = clusters()
    rounds = [_round(cluster, count) for _ in range(1 if clusters.quick else 3)]
    one, four, followed, alone = (statistics.median(column) for column in zip(*rounds, strict=True))
    sqlite = {"unit": "/s", "beside": "SQLite executemany", "baseline": alone}
    single = {"unit": "/s", "beside": "one run", "baseline": one}
    return [
        Measure(name="durable events of one run", value=one, at_least=80_000, ratio_at_least=0.6, **sqlite),
        Measure(name="durable events of four runs at once", value=four, ratio_at_least=0.8, **single),
        Measure(name="the same of one run with a follower", value=followed, **single),
    ]


def _round(cluster: Cluster, count: int) -> tuple[float, float, float, float]:
    alone = raw.rate(cluster.session.settings.home, count)
    one = _rate(cluster, 1, count)
    four = _rate(cluster, 4, count // 4)
    followed = _rate(cluster, 1, count, follow=True)
    return one, four, followed, alone


def _rate(cluster: Cluster, runs: int, count: int, *, follow: bool = False) -> float:
    cluster.settle()
    with tempfile.TemporaryDirectory() as folder:
        gate = Path(folder) / "open"
        made = [burst.submit(count=count, gate=str(gate)) for _ in range(runs)]
        _await_all(made)
        followers = [threading.Thread(target=_follow, args=(run,), daemon=True) for run in made if follow]
        for follower in followers:
            follower.start()
        gate.touch()
        ended = _durable(made, count)
        began = min(_first(run) for run in made)
        for run in made:
            run.wait()
        for follower in followers:
            follower.join()
    return runs * count / (ended - began)


def _await_all(runs: Sequence[Run]) -> None:
    for run in runs:
        next(iter(run.events(kind="status", after=2)))
    time.sleep(3.0)  # runners that replace the ones just taken have started by then


def _durable(runs: Sequence[Run], count: int) -> float:
    """Return the time (`time.monotonic`) at which the log has all events of all runs."""
    for run in runs:
        while run.record.events < count:
            time.sleep(_LOOK)
    return time.monotonic()


def _first(run: Run) -> float:
    event = run.session.log.read(run.id, limit=1, kinds=("debug",))[0]
    return msgspec.json.decode(event.payload)["at"] / 1e9


def _follow(run: Run) -> None:
    for _ in run.events().batches():
        pass
