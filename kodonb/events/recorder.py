"""The sending end of an event stream: what one source emits, until the log has it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kodonb.events.plain import encode
from kodonb.model.errors import RunTimeout
from kodonb.model.event import MAX_PAYLOAD, Batch, Row

BOUND: Final = 16 * 1024 * 1024
"""Bytes that a source may have outstanding before emitting waits."""

BATCH_ROWS: Final = 2000
_BATCH_BYTES: Final = 1024 * 1024
_IN_FLIGHT: Final = 8
_ROW: Final = 150  # bytes that a row takes in memory beside its payload
_SAY_SO: Final = 0.5  # seconds of waiting after which the run is told that its events are slowed


class Recorder:
    """Numbers, buffers and keeps the events of one source until the log has acknowledged them.

    `emit` may be called from any thread. The sender calls `take` for batches to send, `acknowledge` when the
    log has them, and `rewind` when it may not have received what was sent.

    Args:
        run: Id of the run.
        source: Name of the source.
        wake: Called when there is something to take; must return at once.
        bound: Bytes that may be outstanding, each row's own size in memory included.
    """

    def __init__(self, run: str, source: str, wake: Callable[[], None], bound: int = BOUND) -> None:
        self.run = run
        self.source = source
        self._wake = wake
        self._bound = bound
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[Row] = deque()
        self._flying: deque[Batch] = deque()
        self._taken = 0  # batches at the head of `_flying` that are on their way
        self._first = 0  # number of the first row of `_waiting`
        self._bytes = 0
        self._dropped = False
        self._start = time.time_ns() - time.monotonic_ns()

    def emit(self, kind: str, payload: Any) -> None:
        """Take an event; waits only while the log is slower than this source.

        A payload over `MAX_PAYLOAD` is replaced by an `error` event that says so: the run goes on.
        """
        body = encode(payload)
        if len(body) > MAX_PAYLOAD:
            kind, body = "error", _too_large(kind, len(body))
        # Times come from the monotonic clock: a wall clock that jumps must not turn a stream around.
        row = Row((self._start + time.monotonic_ns()) // 1000, kind, body)
        with self._changed:
            slowed = self._slow_down() if self._bytes > self._bound else ()
            if self._dropped:
                return
            idle = not self._waiting
            for each in (*slowed, row):
                self._waiting.append(each)
                self._bytes += _cost(each)
        if idle:
            self._wake()

    def _slow_down(self) -> tuple[Row, ...]:
        """Wait until there is room; return what tells the run of it, if it took long."""
        began = time.monotonic()
        if self._changed.wait_for(self._has_room, _SAY_SO):
            return ()
        self._changed.wait_for(self._has_room)
        text = f"emitting waited {time.monotonic() - began:.1f} s for the event log"
        body = encode({"level": "WARNING", "logger": "kodonb", "message": text})
        return (Row((self._start + time.monotonic_ns()) // 1000, "log", body),)

    def _has_room(self) -> bool:
        return self._bytes <= self._bound // 2 or self._dropped

    def take(self) -> Batch | None:
        """Return the next batch to send, or `None` if there is none or enough is on its way."""
        with self._changed:
            if self._taken == len(self._flying) and self._waiting and self._taken < _IN_FLIGHT:
                self._flying.append(self._gather())
            if self._taken == len(self._flying):
                return None
            self._taken += 1
            return self._flying[self._taken - 1]

    def _gather(self) -> Batch:
        rows: list[Row] = []
        size = 0
        waiting = self._waiting
        while waiting and len(rows) < BATCH_ROWS and size < _BATCH_BYTES:
            row = waiting.popleft()
            rows.append(row)
            size += _cost(row)
        batch = Batch(self.run, self.source, self._first, rows)
        self._first += len(rows)
        return batch

    def acknowledge(self, upto: int) -> None:
        """Forget the rows below number `upto`: the log has them."""
        with self._changed:
            while self._flying and self._flying[0].first + len(self._flying[0].rows) <= upto:
                batch = self._flying.popleft()
                self._taken = max(0, self._taken - 1)
                self._bytes -= sum(map(_cost, batch.rows))
            self._changed.notify_all()

    def rewind(self) -> None:
        """Send again whatever is not acknowledged."""
        with self._changed:
            self._taken = 0

    def drop(self) -> None:
        """Give up: nothing will be acknowledged any more; whoever waits is let go."""
        with self._changed:
            self._dropped = True
            self._waiting.clear()
            self._flying.clear()
            self._taken = self._bytes = 0
            self._changed.notify_all()

    @property
    def outstanding(self) -> int:
        """Bytes that the log has not acknowledged."""
        return self._bytes

    def flush(self, timeout: float | None = None) -> None:
        """Wait until the log has everything emitted so far.

        Raises:
            RunTimeout: It has not after `timeout` seconds.
        """
        # Code that is ended from outside may have been stopped between adding a row and saying so.
        self._wake()
        with self._changed:
            target = self._first + len(self._waiting)
            if not self._changed.wait_for(lambda: self._dropped or self._acknowledged() >= target, timeout):
                raise RunTimeout(f"the event log has not taken all events after {timeout:g} s")

    def _acknowledged(self) -> int:
        return self._flying[0].first if self._flying else self._first

    def __len__(self) -> int:
        """Return the number of rows emitted so far."""
        with self._changed:
            return self._first + len(self._waiting)


def _cost(row: Row) -> int:
    return len(row.payload) + _ROW


def _too_large(kind: str, size: int) -> bytes:
    return msgspec.json.encode(
        {
            "type": "EventTooLarge",
            "code": "KN307",
            "message": f"a {kind} event of {size / 1e6:.1f} MB was left out; events hold up to "
            f"{MAX_PAYLOAD / 1e6:.1f} MB: return it as a result or show less",
        }
    )
