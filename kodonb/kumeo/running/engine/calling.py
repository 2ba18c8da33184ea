"""Calls in threads of their own, which nobody has to wait for.

A pool would not do: a call that hangs would keep its thread, later calls would wait behind it, and so would the end
of the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from threading import Thread
from typing import Any


async def in_thread(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns; when the wait is cancelled, it is left to itself.

    Args:
        name: Name of the thread.
        function: The function; it sees the context variables of the caller.
        arguments: Its arguments.

    Raises:
        BaseException: What the function raises.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Any] = loop.create_future()

    def settle(value: Any, error: BaseException | None) -> None:
        if found.done():
            return
        if error is None:
            found.set_result(value)
        else:
            found.set_exception(error)

    def call() -> None:
        value: Any = None
        error: BaseException | None = None
        try:
            value = context.run(function, *arguments)
        except StopIteration as raised:  # which no future takes
            error = RuntimeError(f"the function raised {raised!r}")
        except BaseException as raised:  # noqa: BLE001 - whoever awaits it is told
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, value, error)

    context = copy_context()
    Thread(target=call, name=name, daemon=True).start()
    return await found
