"""The one thread in which all widgets of a kernel live: whatever happens elsewhere is only handed over to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any

_guard = threading.Lock()
_loop: asyncio.AbstractEventLoop | None = None


def enqueue(work: Coroutine[Any, Any, Any]) -> Future[Any]:
    """Have work done in the loop's thread; returns at once, from whatever thread."""
    return asyncio.run_coroutine_threadsafe(work, _running())


def _running() -> asyncio.AbstractEventLoop:
    global _loop  # noqa: PLW0603 - the one loop is what this module holds
    with _guard:
        if _loop is None:
            _loop = asyncio.new_event_loop()
            threading.Thread(target=_loop.run_forever, name="kodonb-widgets", daemon=True).start()
    return _loop
