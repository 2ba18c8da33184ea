"""Progress bars as events."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Iterator, Sized
from typing import Any, Final, Generic, TypeVar

from kodonb.flows.context import current
from kodonb.model.settings import deterministic

T = TypeVar("T")

_PERIOD: Final = 0.1  # at most ten events a second for one bar; the last one is always emitted
_ids = itertools.count(1)


class Progress(Generic[T]):
    """A progress bar; iterate over it, or call `advance`, or use it in a ``with`` block."""

    def __init__(self, items: Iterable[T] | None, total: float | None, title: str, unit: str) -> None:
        self._items = items
        self._state: dict[str, Any] = {
            "id": f"p{next(_ids)}", "title": title, "done": 0, "total": total, "unit": unit,
        }  # fmt: skip
        self._context = current()
        self._steady = deterministic()
        self._guard = threading.Lock()
        self._next = 0.0
        self._shown = -1.0
        self._emit(time.monotonic())

    @property
    def done(self) -> float:
        """How much is done."""
        return float(self._state["done"])

    def advance(self, amount: float = 1) -> None:
        """Count `amount` more as done."""
        with self._guard:
            self._state["done"] += amount
            now = time.monotonic()
            if now >= self._next or self._state["done"] == self._state["total"]:
                self._emit(now)

    def close(self) -> None:
        """Emit the last state if it was not emitted yet."""
        with self._guard:
            if self._shown != self._state["done"]:
                self._emit(time.monotonic())

    def _emit(self, now: float) -> None:
        # How often a bar moves depends on how fast things are; that it begins and ends does not.
        self._next = now + (float("inf") if self._steady else _PERIOD)
        self._shown = self._state["done"]
        self._context.emit("progress", dict(self._state))

    def __enter__(self) -> Progress[T]:
        """Begin; the end of the block closes the bar."""
        return self

    def __exit__(self, *_: object) -> None:
        """Emit the last state."""
        self.close()

    def __iter__(self) -> Iterator[T]:
        """Yield the items and count them."""
        with self:
            for item in self._items or ():
                yield item
                self.advance()


def progress(
    what: Iterable[T] | float | None = None, *, total: float | None = None, title: str = "", unit: str = "it"
) -> Progress[T]:
    """Report progress.

    Args:
        what: An iterable to go through, or the total.
        total: How much there is to do; the iterable's length by default.
        title: What is being done.
        unit: What is counted.
    """
    if isinstance(what, int | float) or what is None:
        return Progress(None, total if what is None else what, title, unit)
    if total is None and isinstance(what, Sized):
        total = len(what)
    return Progress(what, total, title, unit)
