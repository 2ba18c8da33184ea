"""Ending user code from outside."""

from __future__ import annotations

import asyncio
import ctypes
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress
from types import FrameType
from typing import Any, Final, Self, TypeVar

from kodonb.model.errors import Cancelled

T = TypeVar("T")

_SIGNAL: Final = signal.SIGUSR2
_loops: dict[int, asyncio.AbstractEventLoop] = {}  # thread -> the event loop of user code that runs in it


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in this thread, so that it can be interrupted while it waits."""

    async def main() -> T:
        _loops[threading.get_ident()] = asyncio.get_running_loop()
        return await coroutine

    try:
        return asyncio.run(main())
    finally:
        _loops.pop(threading.get_ident(), None)


class Interruptible:
    """A block of user code that another thread can end by raising `Cancelled` in it.

    In the main thread a signal does it, so that a blocking system call such as `time.sleep` ends too; in other threads
    the exception comes with their next byte code, and an event loop that sleeps is woken for it.

    Attributes:
        reason: Why it was interrupted; empty if it was not.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._guard = threading.Lock()
        self._active = False
        self._thread = 0
        self._before: Any = None

    def __enter__(self) -> Self:
        """Make the calling thread the one to interrupt."""
        self._thread = threading.get_ident()
        if self._in_main():
            self._before = signal.signal(_SIGNAL, self._raise)
        with self._guard:
            self._active = True
            late = bool(self.reason)
        if late:
            raise Cancelled(self.reason)
        return self

    def __exit__(self, *_: object) -> None:
        """Let nobody interrupt any more."""
        try:
            self._leave()
        except Cancelled:
            self._leave()  # what struck right here struck but once
            raise

    def _leave(self) -> None:
        with self._guard:
            self._active = False
            if self.reason and not self._in_main():
                # What has not struck by now must not strike whoever cleans up after the block.
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self._thread), None)
        if self._in_main() and self._before is not None:
            signal.signal(_SIGNAL, self._before)

    def interrupt(self, reason: str) -> None:
        """Raise `Cancelled` in the block, now or when it is entered."""
        with self._guard:
            self.reason = self.reason or reason
            if not self._active:
                return
            if self._in_main():
                signal.pthread_kill(self._thread, _SIGNAL)
            else:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread), ctypes.py_object(Cancelled)
                )
                self._wake_loop()

    def _wake_loop(self) -> None:
        loop = _loops.get(self._thread)
        if loop is not None:
            with suppress(RuntimeError):  # it has just been closed
                loop.call_soon_threadsafe(int)

    def _in_main(self) -> bool:
        return self._thread == threading.main_thread().ident

    def _raise(self, _signal: int, _frame: FrameType | None) -> None:
        # No lock here: the handler runs in the very thread that may hold it.
        if self._active:
            raise Cancelled(self.reason)
