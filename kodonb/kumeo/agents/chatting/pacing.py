"""Pieces of an answer, told a few times a second: a fast model writes hundreds, and each event is kept for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

PAUSE: Final = 0.05
"""Seconds between two times that pieces are told."""


class Paced:
    """Tells texts in order, several at once where they come fast; the first at once, the last when it is left.

    Args:
        tell: Told texts.
        pause: Seconds that pass at least between two times.
    """

    def __init__(self, tell: Callable[[str], None], pause: float = PAUSE) -> None:
        self._tell = tell
        self._pause = pause
        self._loop = asyncio.get_running_loop()
        self._held: list[str] = []
        self._next = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def say(self, text: str) -> None:
        """Take a text; it is told after the pause at the latest."""
        self._held.append(text)
        if self._timer is not None:
            return
        if self._loop.time() >= self._next:
            self._flush()
        else:
            self._timer = self._loop.call_at(self._next, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        text, self._held = "".join(self._held), []
        if text:
            self._next = self._loop.time() + self._pause
            self._tell(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._flush()
