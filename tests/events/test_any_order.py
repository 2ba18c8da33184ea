"""Whatever is sent, in whatever order, with whatever is sent again: what must hold of the log."""

from __future__ import annotations

import tempfile
from collections import defaultdict

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kodonb.events.sql import SqlLog
from kodonb.model.event import Batch
from kodonb.model.run import FINAL
from tests.events.makers import create, lease, lock, row, status

RUNS = ["r1", "r2"]
SOURCES = ["flow", "train#1", "train#2"]
KINDS = ["debug", "running", "lock", "lease", "final", "finished", "error", "cancelled"]


class Sources(RuleBasedStateMachine):
    """Sources that emit, send what they emitted in any pieces, and a log that is opened anew now and then."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.emitted = defaultdict(list)
        self.locks = defaultdict(list)
        self.ended = {}
        self.log = None
        self.open_anew()
        for run in RUNS:
            create(self.log, run)

    @rule()
    def open_anew(self):
        if self.log is not None:
            self.log.close()
        self.log = SqlLog(f"sqlite:///{self.folder.name}/events.db")

    @rule(
        run=st.sampled_from(RUNS),
        source=st.sampled_from(SOURCES),
        kinds=st.lists(st.sampled_from(KINDS), max_size=6),
    )
    def emit(self, run, source, kinds):
        for kind in kinds:
            self.emitted[run, source].append(self.make(run, source, kind))

    def make(self, run, source, kind):
        number = len(self.emitted[run, source])
        if kind == "lock":
            self.locks[run].append(f"{source}.{number}")
            return lock(f"{source}.{number}")
        if kind == "lease":
            return lease(self.locks[run][-1] if self.locks[run] else "none")
        if kind in {"debug", "final"}:
            return row(kind, {"source": source, "number": number})
        return status(kind, by=source)

    @rule(
        run=st.sampled_from(RUNS),
        pieces=st.lists(
            st.tuples(st.sampled_from(SOURCES), st.integers(0, 12), st.integers(0, 6)), max_size=4
        ),
    )
    def send(self, run, pieces):
        batches = [
            Batch(run, s, first, self.emitted[run, s][first : first + count]) for s, first, count in pieces
        ]
        for batch, commit in zip(batches, self.log.append(batches), strict=True):
            assert commit.upto <= len(self.emitted[run, batch.source])

    @rule(run=st.sampled_from(RUNS), status=st.sampled_from(["error", "cancelled"]))
    def settle(self, run, status):
        self.log.settle(run, status, "gone", "KN305", 1)

    @invariant()
    def offsets_are_dense(self):
        for run in RUNS:
            offsets = [stored.offset for stored in self.log.read(run)]
            assert offsets == list(range(len(offsets))) and self.log.find(run).events == len(offsets)

    @invariant()
    def each_source_is_there_once_and_in_order(self):
        for run in RUNS:
            seen = defaultdict(list)
            for stored in self.log.read(run, kinds=("debug",)):
                told = msgspec.json.decode(stored.payload)
                seen[told["source"]].append(told["number"])
            for source, numbers in seen.items():
                upto = self.upto(run, source)
                expected = [
                    n for n, sent in enumerate(self.emitted[run, source][:upto]) if sent.kind == "debug"
                ]
                assert numbers == expected

    def upto(self, run, source):
        [commit] = self.log.append([Batch(run, source, 0, [])])
        return commit.upto

    @invariant()
    def a_final_status_is_the_last(self):
        for run in RUNS:
            record = self.log.find(run)
            told = [msgspec.json.decode(s.payload)["status"] for s in self.log.read(run, kinds=("status",))]
            assert not set(told[:-1]) & FINAL
            assert record.ended_already == (told[-1] in FINAL)
            assert (
                self.ended.setdefault(run, record.status) == record.status if record.ended_already else True
            )

    @invariant()
    def questions_are_open_only_while_the_run_awaits(self):
        for run in RUNS:
            still_open = [asked for asked in self.log.locks(run) if asked.answered is None]
            assert bool(still_open) == (self.log.find(run).status == "awaiting")

    def teardown(self):
        self.log.close()
        self.folder.cleanup()


Sources.TestCase.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
TestAnyOrder = Sources.TestCase
