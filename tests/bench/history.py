"""Reading what was kept: frames, lists of runs, and what the length of the log costs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

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
from tests.bench.measure import Measure, median, medians, seconds

_MODULE = Module(entry="flow", source="def flow(): ...\n")
_PAYLOAD = msgspec.json.encode({"at": 0, "pad": PAD})
_SOURCE = "flow"


def measure(clusters: Clusters) -> list[Measure]:
    """Measure on logs that are written here, without a cluster."""
    lengths = (1_000, 10_000, 100_000) if clusters.quick else (1_000, 100_000, 1_000_000)
    with ExitStack() as ends:
        logs = [_Filled(ends.enter_context(_log()), length) for length in lengths]
        return [_frame(logs[-1]), _page(), *_growth(logs)]


class _Filled:
    """A log with a run of so many events."""

    def __init__(self, log: SqlLog, length: int) -> None:
        self.log = log
        self.length = length
        self.run = _enter(log)
        self._at = 1
        while self._at < length:
            self.append(min(1000, length - self._at))

    def append(self, count: int) -> None:
        # The one event entered with the run has another source: numbers of this source are offsets less one.
        rows = [Row(time.time_ns() // 1000, "debug", _PAYLOAD)] * count
        (commit,) = self.log.append([Batch(self.run, _SOURCE, self._at - 1, rows)])
        assert len(commit.events) == count
        self._at += count

    def newest(self) -> None:
        assert len(self.log.read(self.run, self._at - 1001, 1000)) == min(1000, self._at)

    def find(self) -> None:
        assert self.log.find(self.run).events == self._at


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


def _frame(filled: _Filled) -> Measure:
    taken = median(lambda: seconds(lambda: query.frame(filled.log, filled.run)), 3)
    name = f"{filled.length:,} events as DataFrame"
    return Measure(name=name, value=filled.length / taken, unit="/s", at_least=300_000)


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


_OPERATIONS: Final = (
    # What writes comes last, and little: the short log is to stay short.
    ("find a run", _Filled.find, 51),
    ("read a page of 1,000", _Filled.newest, 51),
    ("commit one event", lambda filled: filled.append(1), 101),
    ("append 100 events", lambda filled: filled.append(100), 31),
    ("append 1,000 events", lambda filled: filled.append(1000), 15),
)


def _growth(logs: list[_Filled]) -> list[Measure]:
    """Do the same to logs of all lengths, in turn."""
    found: list[Measure] = []
    for what, do, rounds in _OPERATIONS:
        taken = medians(*(partial(seconds, partial(do, filled)) for filled in logs), rounds=rounds)
        shortest = {"unit": "ms", "beside": f"log of {logs[0].length:,}", "baseline": taken[0]}
        found += [
            Measure(name=f"{what}, log of {filled.length:,}", value=value, **shortest)
            for filled, value in zip(logs[1:], taken[1:], strict=True)
        ]
    return found
