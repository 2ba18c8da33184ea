"""Ending user code from outside."""

from __future__ import annotations

import ctypes
import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Final

from kodonb.model.errors import Cancelled

_SIGNAL: Final = signal.SIGUSR2


class Interruptible:
    """A block of user code that another thread can end by raising `Cancelled` in it.

    In the main thread a signal does it, so that a blocking system call such as `time.sleep` ends too; in other threads
    the exception comes with their next byte code.

    Attributes:
        reason: Why it was interrupted; empty if it was not.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._guard = threading.Lock()
        self._active = False
        self._thread = 0
        self._before: Any = None

    def __enter__(self) -> Interruptible:
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

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Let nobody interrupt any more."""
        with self._guard:
            self._active = False
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

    def _in_main(self) -> bool:
        return self._thread == threading.main_thread().ident

    def _raise(self, _signal: int, _frame: FrameType | None) -> None:
        # No lock here: the handler runs in the very thread that may hold it.
        if self._active:
            raise Cancelled(self.reason)
