"""Hearing that the process is told to end, while its server still waits for open responses."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_end(call: Callable[[], object]) -> Iterator[None]:
    """Have a function called in the event loop when the process is told to end; what else happens then, happens too.

    A server tells an application of its end only when all responses are complete, and a stream of events is not before
    its run has ended: without this, a server would wait for that.

    Args:
        call: Called at the first signal, and at each further one.
    """
    # Elsewhere than in the main thread nobody hears signals, and whoever runs the server there ends it otherwise.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    # Where nobody handles a signal the process ends with it, and there is nothing to wait for.
    before: dict[int, Any] = {each: signal.getsignal(each) for each in _SIGNALS}
    handled = [each for each in _SIGNALS if callable(before[each])]

    def hear(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(call)
        before[number](number, frame)

    for each in handled:
        signal.signal(each, hear)
    try:
        yield
    finally:
        for each in handled:
            if signal.getsignal(each) is hear:
                signal.signal(each, before[each])
