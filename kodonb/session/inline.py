"""The inline session: runs in threads of this process, without Ray; for tests and debugging."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections import deque
from concurrent.futures import Future
from contextvars import Context
from typing import Any, Final
from weakref import WeakSet

import msgspec

from kodonb.events.artifacts import Artifacts, artifacts_for
from kodonb.events.recorder import Recorder
from kodonb.events.spool import Page, Spool
from kodonb.events.sql import SqlLog
from kodonb.flows import future as flow_future
from kodonb.flows.future import put_in
from kodonb.flows.streams import captured
from kodonb.flows.threads import Threads, inherited, join
from kodonb.model.errors import KodonbError, RunError, SessionError, StoreError, UsageError
from kodonb.model.event import Stored
from kodonb.model.module import Module
from kodonb.model.settings import Settings
from kodonb.session.calls import Call, perform
from kodonb.session.carrier import Carrier
from kodonb.session.context import RunContext
from kodonb.session.failures import failure
from kodonb.session.memory import Memory
from kodonb.session.questions import closed
from kodonb.session.submission import Submission

_RETRY: Final = 0.1  # seconds until a store that failed is tried again
_CLOSING: Final = 1.0  # seconds that runs have to end when their session is closed
_CLOSED: Final = "the session was closed"


class Pump:
    """Commits what recorders of this process have, in one thread."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._recorders: WeakSet[Recorder] = WeakSet()
        self._ready: deque[Recorder] = deque()
        self._rung = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="kodonb-pump", daemon=True)
        self._thread.start()

    def recorder(self, run: str, source: str) -> Recorder:
        """Return the sending end of a new source."""
        recorder = Recorder(run, source, lambda: self._ring(recorder))
        self._recorders.add(recorder)
        return recorder

    def _ring(self, recorder: Recorder) -> None:
        self._ready.append(recorder)
        self._rung.set()

    def _loop(self) -> None:
        while self._rung.wait() and not self._closed.is_set():
            self._rung.clear()
            while self._ready and not self._closed.is_set():
                self._drain(self._ready.popleft())

    def _drain(self, recorder: Recorder) -> None:
        while (batch := recorder.take()) is not None:
            try:
                [commit] = self._spool.append([batch])
            except StoreError:
                recorder.rewind()
                self._closed.wait(_RETRY)
                self._ready.append(recorder)
                return
            except UsageError:  # the run was pruned; nobody will ever ask for what it still emits
                recorder.drop()
                return
            recorder.acknowledge(commit.upto)

    def close(self) -> None:
        """End the thread; nothing is acknowledged any more."""
        self._closed.set()
        self._rung.set()
        self._thread.join()
        for recorder in list(self._recorders):
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

    def __init__(
        self, settings: Settings, log: SqlLog | None = None, artifacts: Artifacts | None = None
    ) -> None:
        self.cluster = f"inline-{uuid.uuid4().hex[:12]}"
        self.log = log or SqlLog(settings.store)
        self.artifacts = artifacts or artifacts_for(settings, self.log)
        self._spool = Spool(self.log)
        self._pump = Pump(self._spool)
        self._threads = Threads(
            1 if settings.steady else None
        )  # one: then steps follow each other in their order
        self._carriers: dict[str, tuple[Carrier, threading.Thread]] = {}
        self._contexts: dict[tuple[str, str], RunContext] = {}
        self._pages: set[Future[Page]] = set()

    def ready(self) -> None:
        """Do nothing: this process is there."""

    def submit(self, submission: Submission) -> None:
        """Start a run in a thread."""
        record = msgspec.structs.replace(submission.record, cluster=self.cluster)
        self.log.create(record, submission.module, submission.rows)
        launch = submission.launch
        context = self.context(launch.run, "flow", Memory(self, launch.retry_of))
        carrier = Carrier(launch, context, own=False)
        thread = threading.Thread(
            target=self._carry,
            args=(carrier, submission.module),
            name=f"kodonb-run-{launch.run}",
            daemon=True,
        )
        self._carriers[launch.run] = (carrier, thread)
        # In an empty context: a run that another run submits is none of its threads.
        Context().run(thread.start)

    @property
    def at_hand(self) -> bool:
        """It is not: whoever submits writes the log."""
        return False

    def submit_later(self, submission: Submission) -> Future[None]:
        """Start a run in a thread; the log has it when this returns."""
        done: Future[None] = Future()
        self.submit(submission)
        done.set_result(None)
        return done

    def _carry(self, carrier: Carrier, module: Module) -> None:
        run, context = carrier.launch.run, carrier.context
        # The end of Python does not wait for this thread; those that it starts must not take after it in that.
        threading.current_thread()._daemonic = False  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        with inherited() as threads:
            context.before_end.append(lambda: join(list(threads)))
            carrier.carry(module)
        self._contexts.pop((run, context.source), None)
        self._carriers.pop(run, None)

    def context(self, run: str, source: str, memory: Memory) -> RunContext:
        """Return the context of a new source of a run."""
        context = RunContext(self._pump.recorder(run, source), self.artifacts, self, memory)
        self._contexts[run, source] = context
        return context

    def start(self, call: Call, context: RunContext) -> flow_future.Future[Any]:
        """Start a step in a thread."""
        own = self.context(call.run, call.id, context.memory)

        def work() -> Any:
            try:
                with captured(own.emit, everywhere=False):
                    value, _ = perform(call, _values(call, own), own)
                return value
            finally:
                own.recorder.flush()  # a step that counts as done can be replayed

        future = self._threads.start(call.id, work, call.futures, call.key, lambda: own.cancel("cancelled"))
        future.then(lambda done: self._end(call, own, done))
        return future

    def _end(self, call: Call, context: RunContext, future: flow_future.Future[Any]) -> None:
        if future.cancelled():
            context.emit("step", call.told("cancelled"))
        self._contexts.pop((call.run, call.id), None)

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
        self._pages.add(future)
        future.add_done_callback(lambda _: self._let_go(future, run))
        carried = run in self._carriers
        try:
            self._spool.next(future, run, after, lambda page: _settle(future, page))
        except KodonbError as error:
            _settle(future, error)
        if not carried and not future.done():
            _settle(future, _elsewhere(run))
        return future

    def _let_go(self, page: Future[Page], run: str) -> None:
        self._pages.discard(page)
        self._spool.forget(page, run)

    def forget(self, page: Future[Page]) -> None:
        """Take back a request for a page."""
        page.cancel()

    def answer(self, run: str, lock: str, value: dict[str, Any], by: str) -> None:
        """Answer a question."""
        # In this order: a run that goes on and ends in between has closed its question in the log before.
        source = lock.rpartition(".")[0]
        context = self._contexts.get((run, source))
        found = next((known for known in self.log.locks(run) if known.id == lock), None)
        if context is None and found is not None and found.answered is not None:
            raise closed(found)
        if context is None or found is None:
            raise RunError(
                f"run {run} has no question {lock!r} here",
                code="KN309",
                remedy="see the run's open questions"
                if found is None
                else "answer it where it was submitted",
            )
        context.questions.answer(lock, value, by)

    def cancel(self, run: str, grace: float) -> None:
        """Ask a run to end; after `grace` seconds it has, though a thread cannot be ended by force."""
        found = self._carriers.get(run)
        if found is None:
            raise RunError(
                f"run {run} is not carried here", code="KN311", remedy="cancel it where it was submitted"
            )
        carrier, thread = found
        for _ in range(2):  # twice, as what strikes while garbage is collected is lost
            carrier.cancel("cancelled")
            thread.join(grace / 2)
            if not thread.is_alive():
                return
        self._give_up(run, f"cancelled; its code did not end within {grace:g} s")

    def _give_up(self, run: str, reason: str) -> None:
        for (owner, _), context in list(self._contexts.items()):
            if owner == run:
                context.recorder.drop()
        self.log.settle(run, "cancelled", reason, "KN302", time.time_ns() // 1000)
        self._spool.look_again(run)

    def parts(self) -> dict[str, Any]:
        """Name the runs that this process carries."""
        runs = [{"run": run, "pid": os.getpid()} for run in list(self._carriers)]
        return {"session": "inline", "runners": runs}

    def close(self) -> None:
        """Cancel what still runs, and let go of the log."""
        self._threads.close()
        left = list(self._carriers.items())
        for _, (carrier, _) in left:
            carrier.cancel(_CLOSED)
        until = time.monotonic() + _CLOSING
        for run, (_, thread) in left:
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                self._give_up(run, _CLOSED)
        self._pump.close()
        for page in list(self._pages):
            _settle(page, SessionError(_CLOSED, code="KN404", remedy="connect again, and attach to the run"))
        self.artifacts.close()
        self.log.close()


def _values(call: Call, context: RunContext) -> Any:
    """Return the arguments of a call; a step that gets no value for one of them says that it never begins."""
    try:
        return put_in(call.arguments, [future.result() for future in call.futures])
    except BaseException as error:
        context.emit("step", call.told("cancelled") | {"error": failure(error)})
        raise


def _elsewhere(run: str) -> SessionError:
    return SessionError(
        f"run {run} is carried by another process, which this session cannot hear",
        code="KN405",
        remedy="read what it has emitted so far with events(follow=False), or use the ray session",
    )


def _settle(future: Future[Page], answer: Page | KodonbError) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(answer, Page):
        future.set_result(answer)
    else:
        future.set_exception(answer)
