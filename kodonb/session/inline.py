"""The inline session: runs in threads of this process, without Ray; for tests and debugging."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import Future
from typing import Any

from kodonb.events.artifacts import Artifacts, artifacts_for
from kodonb.events.recorder import Recorder
from kodonb.events.spool import Page, Spool
from kodonb.events.sql import SqlLog
from kodonb.flows import future as flow_future
from kodonb.flows.future import put_in
from kodonb.flows.streams import captured
from kodonb.flows.threads import Threads
from kodonb.model.errors import RunError, StoreError
from kodonb.model.event import Stored
from kodonb.model.settings import Settings
from kodonb.session.calls import Call, perform
from kodonb.session.carrier import Carrier
from kodonb.session.context import RunContext
from kodonb.session.memory import Memory
from kodonb.session.submission import Submission

_RETRY = 0.1  # seconds until a store that failed is tried again


class Pump:
    """Commits what recorders of this process have, in one thread."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._recorders: list[Recorder] = []
        self._rung = threading.Event()
        self._closed = threading.Event()
        threading.Thread(target=self._loop, name="kodonb-pump", daemon=True).start()

    def recorder(self, run: str, source: str) -> Recorder:
        """Return the sending end of a new source."""
        recorder = Recorder(run, source, self._rung.set)
        self._recorders.append(recorder)
        return recorder

    def _loop(self) -> None:
        while self._rung.wait() and not self._closed.is_set():
            self._rung.clear()
            for recorder in list(self._recorders):
                self._drain(recorder)

    def _drain(self, recorder: Recorder) -> None:
        while (batch := recorder.take()) is not None:
            try:
                [commit] = self._spool.append([batch])
            except StoreError:
                recorder.rewind()
                self._closed.wait(_RETRY)
                self._rung.set()
                return
            recorder.acknowledge(commit.upto)

    def close(self) -> None:
        """End the thread; nothing is acknowledged any more."""
        self._closed.set()
        self._rung.set()
        for recorder in self._recorders:
            recorder.drop()


class InlineSession:
    """Carries runs in threads of this process.

    Breakpoints work, functions need not travel, and nothing is started but threads. Runs end with the process.

    Args:
        settings: The instance whose log is used.
        log: Another log, e.g. ``SqlLog("sqlite://")`` in a test.
        artifacts: Where artifacts go when `log` is given.
    """

    name = "inline"

    def __init__(self, settings: Settings, log: SqlLog | None = None, artifacts: Artifacts | None = None) -> None:
        self.cluster = f"inline-{uuid.uuid4().hex[:12]}"
        self.log = log or SqlLog(settings.store)
        self.artifacts = artifacts or artifacts_for(settings)
        self._spool = Spool(self.log)
        self._pump = Pump(self._spool)
        self._threads = Threads()
        self._carriers: dict[str, tuple[Carrier, threading.Thread]] = {}
        self._contexts: dict[tuple[str, str], RunContext] = {}

    def submit(self, submission: Submission) -> None:
        """Start a run in a thread."""
        self.log.create(submission.record, submission.module, submission.rows)
        launch = submission.launch
        context = self.context(launch.run, "flow", Memory(self, launch.retry_of))
        carrier = Carrier(launch, context, own=False)
        thread = threading.Thread(
            target=carrier.carry, args=(submission.module,), name=f"kodonb-run-{launch.run}", daemon=True
        )
        self._carriers[launch.run] = (carrier, thread)
        thread.start()

    def context(self, run: str, source: str, memory: Memory) -> RunContext:
        """Return the context of a new source of a run."""
        context = RunContext(self._pump.recorder(run, source), self.artifacts, self, memory)
        self._contexts[run, source] = context
        return context

    def start(self, call: Call, context: RunContext) -> flow_future.Future[Any]:
        """Start a step in a thread."""

        def work() -> Any:
            own = self.context(call.run, call.id, context.memory)
            with captured(own.emit, everywhere=False):
                value, _ = perform(call, put_in(call.arguments, [f.result() for f in call.futures]), own)
            return value

        return self._threads.start(call.id, work, call.futures, call.key)

    def steps(self, run: str) -> list[Stored]:
        """Return the step events of a run."""
        return self.log.read(run, kinds=("step",))

    def recall(self, key: str, since: int) -> bytes | None:
        """Return a cached result."""
        return self.log.recall(key, since)

    def remember(self, key: str, at: int, value: bytes) -> None:
        """Keep a cached result."""
        self.log.remember(key, at, value)

    def page(self, run: str, after: int) -> Future[Page]:
        """Return the future of the next events of a run."""
        future: Future[Page] = Future()
        self._spool.next(future, run, after, lambda page: future.set_result(page) if not future.done() else None)
        return future

    def forget(self, page: Future[Page]) -> None:
        """Take back a request for a page."""
        page.cancel()

    def answer(self, run: str, lock: str, value: dict[str, Any], by: str) -> None:
        """Answer a question."""
        source = next((lock_.source for lock_ in self.log.locks(run) if lock_.id == lock), "")
        context = self._contexts.get((run, source))
        if context is None:
            raise RunError(f"run {run} has no question {lock!r} here", code="KN309",
                           remedy="see the run's open questions")
        context.questions.answer(lock, value, by)

    def cancel(self, run: str, grace: float) -> None:
        """Ask a run to end; a thread cannot be ended by force, so `grace` is the time to wait."""
        found = self._carriers.get(run)
        if found is None:
            raise RunError(f"run {run} is not carried here", code="KN311")
        carrier, thread = found
        for (owner, _), context in list(self._contexts.items()):
            if owner == run:
                context.questions.cancel("cancelled")
        carrier.cancel("cancelled")
        thread.join(grace)

    def parts(self) -> dict[str, Any]:
        """Name the runs that this process carries."""
        runs = [{"run": run} for run, (_, thread) in self._carriers.items() if thread.is_alive()]
        return {"session": "inline", "runners": runs}

    def close(self) -> None:
        """Stop committing; runs that are still going on end with the process."""
        self._pump.close()
        self._threads.close()
        self.log.close()
