"""How punctual the timers of Ray's threads are.

In every worker process Ray's threads wake some forty times a second to look whether there is something to do. Linux
lets timers be late, so that fewer fire; of other threads than the calling one only a privileged process may ask that,
e.g. in a container. Elsewhere nothing changes.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_LATE: Final = 500_000_000  # nanoseconds
_PUNCTUAL: Final = 50_000  # nanoseconds; what Linux gives by default


@contextmanager
def leisure() -> Iterator[None]:
    """Let the timers of all threads that are not Python's be up to half a second late meanwhile."""
    _allow(_LATE)
    try:
        yield
    finally:
        _allow(_PUNCTUAL)


def _allow(nanoseconds: int) -> None:
    if sys.platform != "linux":
        return
    ours = {str(thread.native_id) for thread in threading.enumerate()}
    for task in Path("/proc/self/task").iterdir():
        if task.name not in ours:
            with suppress(OSError):  # not privileged, or the thread has ended
                Path("/proc", task.name, "timerslack_ns").write_text(str(nanoseconds), encoding="ascii")
