"""Reading what was kept: frames, lists of runs, and what the length of the log costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kodonb import session as sessions
from kodonb.events import query
from kodonb.events.sql import SqlLog
from kodonb.model.event import Batch, Row
from kodonb.model.module import Module
from kodonb.model.run import RunRecord, new_run_id
from kodonb.model.settings import Settings
from kodonb.session.inline import InlineSession
from tests.bench.cluster import Clusters
from tests.bench.flows import PAD
from tests.bench.measure import Measure, median, seconds

_MODULE = Module(entry="flow", source="def flow(): ...\n")
_PAYLOAD = msgspec.json.encode({"at": 0, "pad": PAD})
_SOURCE = "flow"


def measure(clusters: Clusters) -> list[Measure]:
    """Measure on logs that are written here, without a cluster."""
    longest = 100_000 if clusters.quick else 1_000_000
    lengths = [length for length in (1_000, 100_000, 1_000_000) if length <= longest]
    with _log() as log:
        run = _enter(log)
        told = {length: _at_length(log, run, length) for length in lengths}
        return [_frame(log, run, longest), _page(), *_growth(told)]


@contextmanager
def _log() -> Iterator[SqlLog]:
    with tempfile.TemporaryDirectory(prefix="kodonb-bench-") as folder:
        log = SqlLog(f"sqlite:///{folder}/events.db")
        try:
            yield log
        finally:
            log.close()


def _enter(log: SqlLog, flow: str = "bench") -> str:
    record = RunRecord(id=new_run_id(), flow=flow, module=_MODULE.hash, created=datetime.now(UTC))
    rows = [Row(0, "status", b'{"status":"starting"}')]
    log.create(record, _MODULE, rows)
    return record.id


def _frame(log: SqlLog, run: str, length: int) -> Measure:
    taken = median(lambda: seconds(lambda: query.frame(log, run)), 3)
    return Measure(name=f"{length:,} events as DataFrame", value=length / taken, unit="/s", at_least=300_000)


def _page() -> Measure:
    with tempfile.TemporaryDirectory(prefix="kodonb-bench-") as folder:
        home = Path(folder)
        told = Settings(home=home, store=f"sqlite:///{home}/events.db", session="inline")
        session = InlineSession(told)
        for number in range(10_000):
            _enter(session.log, f"flow-{number % 20}")
        session.close()
        taken = median(lambda: _first_page(told), 9)
    return Measure(name="first page of 10,000 runs", value=taken, unit="ms", at_most=0.05)


def _first_page(told: Settings) -> float:
    session = InlineSession(told)
    taken = seconds(lambda: sessions.runs(session=session))
    session.close()
    return taken


def _at_length(log: SqlLog, run: str, length: int) -> dict[str, float]:
    """Fill the log up to a length and return what each operation takes there, in seconds."""
    at = log.find(run).events
    while at < length:
        at = _append(log, run, at, min(1000, length - at))
    return {
        "append 100 events": median(lambda: _timed_append(log, run, 100), 51),
        "append 1,000 events": median(lambda: _timed_append(log, run, 1000), 15),
        "commit one event": median(lambda: _timed_append(log, run, 1), 101),
        "read a page of 1,000": median(lambda: _timed_page(log, run), 31),
        "find a run": median(lambda: seconds(lambda: log.find(run)), 31),
    }


def _timed_append(log: SqlLog, run: str, count: int) -> float:
    at = log.find(run).events
    return seconds(lambda: _append(log, run, at, count))


def _timed_page(log: SqlLog, run: str) -> float:
    last = log.find(run).events
    return seconds(lambda: log.read(run, last - 1001, 1000))


def _append(log: SqlLog, run: str, at: int, count: int) -> int:
    # The one event entered with the run has another source: numbers of this source are offsets less one.
    rows = [Row(time.time_ns() // 1000, "debug", _PAYLOAD)] * count
    (commit,) = log.append([Batch(run, _SOURCE, at - 1, rows)])
    assert len(commit.events) == count
    return at + count


def _growth(told: dict[int, dict[str, float]]) -> list[Measure]:
    shortest, *longer = told
    return [
        Measure(
            name=f"{what}, log of {length:,}",
            value=told[length][what],
            unit="ms",
            beside=f"log of {shortest:,}",
            baseline=told[shortest][what],
        )
        for what in told[shortest]
        for length in longer
    ]
