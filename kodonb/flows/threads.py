"""Steps in threads of this process: what stands in for a cluster outside of one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future as Pending
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from kodonb.flows.future import Future


class Threads:
    """Runs calls in threads once the futures they wait for are done.

    A call made from one of its own threads is done at once in that thread: nested steps can then
    never wait for a free thread that they occupy themselves.
    """

    def __init__(self, workers: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(workers or os.cpu_count() or 1, thread_name_prefix="kodonb-step")
        self._mine = threading.local()

    def start(self, name: str, call: Callable[[], Any], after: list[Future[Any]], key: str = "") -> Future[Any]:
        """Start a call when all of `after` are done, and return its future."""
        pending: Pending[Any] = Pending()
        context = copy_context()
        if getattr(self._mine, "busy", False):
            _settle(pending, context.run, call)
        else:
            _when_done(after, lambda: self._pool.submit(self._run, pending, context.run, call))
        return Future(name, pending, key)

    def _run(self, pending: Pending[Any], run: Callable[..., Any], call: Callable[[], Any]) -> None:
        self._mine.busy = True
        try:
            _settle(pending, run, call)
        finally:
            self._mine.busy = False

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
