"""Threads of this process: those that steps run in outside a cluster, and those that user code starts."""

from __future__ import annotations

import concurrent.futures.thread
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from typing import Any, Final
from weakref import WeakSet

from kodonb.flows.future import Future

_IDLE_POOL: Final = 5.0  # seconds that threads of a pool nobody has shut down may take to finish what they do
_busy: Final[ContextVar[bool]] = ContextVar("kodonb_busy", default=False)
_started: Final[ContextVar[WeakSet[threading.Thread] | None]] = ContextVar("kodonb_started", default=None)


class Threads:
    """Runs calls in threads once the futures they wait for are done.

    A call made from within another call is done at once in the thread that makes it: nested steps can then
    never wait for a free thread that they occupy themselves.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="kodonb-step")

    def start(
        self,
        name: str,
        call: Callable[[], Any],
        after: list[Future[Any]],
        key: str = "",
        stop: Callable[[], object] | None = None,
    ) -> Future[Any]:
        """Start a call when all of `after` are done.

        Args:
            name: Id of the step call.
            call: What to do.
            after: What it waits for.
            key: Key of the step call.
            stop: Asks a call that runs already to end.

        Returns:
            The future of its result.
        """
        pending: Pending[Any] = Pending()
        context = copy_context()
        if _busy.get():
            _settle(pending, context.run, call)
        else:
            _when_done(after, lambda: self._queue(pending, context, call))
        return Future(name, pending, key, stop)

    def _queue(self, pending: Pending[Any], context: Context, call: Callable[[], Any]) -> None:
        def work() -> None:
            context.run(_busy.set, True)
            _settle(pending, context.run, call)

        try:
            # In an empty context: threads of the pool outlive the run that was the first to need them.
            queued = Context().run(self._pool.submit, work)
        except RuntimeError:  # the pool is closed
            pending.cancel()
        else:
            queued.add_done_callback(lambda done: pending.cancel() if done.cancelled() else None)

    def close(self) -> None:
        """Drop what has not begun; let what runs end."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _when_done(after: list[Future[Any]], begin: Callable[[], object]) -> None:
    left = len(after)
    guard = threading.Lock()

    def one_less(_: object) -> None:
        nonlocal left
        with guard:
            left -= 1
            last = left == 0
        if last:
            begin()

    if not after:
        begin()
    for future in after:
        future.then(one_less)


def _settle(pending: Pending[Any], run: Callable[..., Any], call: Callable[[], Any]) -> None:
    if not pending.set_running_or_notify_cancel():
        return
    try:
        value = run(call)
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
        pending.set_exception(error)
    else:
        pending.set_result(value)


@contextmanager
def inherited() -> Iterator[WeakSet[threading.Thread]]:
    """Let threads that are started in the block, from its context, run in a copy of that context.

    Python does so itself when it is told to, from 3.14 on.

    Yields:
        The threads started so far, those of such threads included.
    """
    started: WeakSet[threading.Thread] = WeakSet()
    token = _started.set(started)
    _dispatch.open()
    try:
        yield started
    finally:
        _dispatch.close()
        _started.reset(token)


def join(threads: Iterable[threading.Thread]) -> None:
    """Wait for threads as Python does at the end of a program: not for daemons."""
    # Threads of an executor that nobody shut down wait for work for ever: Python wakes them at exit, here they get a
    # bound. There is no public way to tell them.
    pooled = concurrent.futures.thread._threads_queues  # noqa: SLF001
    left = [t for t in threads if not t.daemon and t is not threading.current_thread()]
    for thread in left:
        if thread not in pooled:
            thread.join()
    until = time.monotonic() + _IDLE_POOL
    for thread in left:
        if thread in pooled and pooled[thread].qsize():
            thread.join(max(0.0, until - time.monotonic()))


class _Dispatch:
    """Replaces `Thread.start` while blocks are open; the last one to close puts it back."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._open = 0
        self._former: Any = None

    def open(self) -> None:
        with self._guard:
            self._open += 1
            if self._open == 1:
                self._former = threading.Thread.start
                # By `setattr`, as a type checker takes it for a method of a class of ours.
                setattr(threading.Thread, "start", _starting(self._former))  # noqa: B010 - see above

    def close(self) -> None:
        with self._guard:
            self._open -= 1
            if not self._open:
                setattr(threading.Thread, "start", self._former)  # noqa: B010 - as above


def _starting(former: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
    def start(self: threading.Thread) -> None:
        started = _started.get()
        if started is not None:
            context, run = copy_context(), self.run
            self.run = lambda: context.run(run)  # type: ignore[method-assign]
            started.add(self)
        former(self)

    return start


_dispatch: Final = _Dispatch()
