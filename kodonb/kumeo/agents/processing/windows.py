"""Windows: which values belong together, and when they are complete.

Times are seconds since 1970. A window of time takes what happened from its start on and before its end; tumbling ones
follow each other, sliding ones overlap, a session lasts until nothing came for a while.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from kodonb.kumeo.agents.errors import AgentError

T = TypeVar("T", bound="Sink")
Key = tuple[Any, ...]


class Sink(Protocol):
    """What the values of a window go into."""

    def add(self, values: Any) -> None:
        """Take values."""


class Ended(NamedTuple, Generic[T]):
    """A window that is complete; `start` and `end` are `None` where it is not one of time."""

    key: Key
    sink: T
    start: float | None
    end: float | None


class Windows(Protocol[T]):
    """Windows of one kind."""

    @property
    def next(self) -> float | None:
        """The earliest end of a window that is open."""

    def add(self, key: Key, at: float, values: Any) -> list[Ended[T]] | None:
        """Take values; return the windows that they complete, or `None` if they come too late for theirs."""

    def end(self, until: float | None) -> list[Ended[T]]:
        """Return the windows that end by a time; all of them for `None`."""


class TimeWindows(Generic[T]):
    """Windows of one length, one every so often.

    Args:
        size: Length, in seconds.
        every: Seconds from the start of one to that of the next.
        make: Makes a sink.
        most: How many may be open.
    """

    def __init__(self, size: float, every: float, make: Callable[[], T], most: int) -> None:
        self._size = size
        self._every = every
        self._make = make
        self._most = most
        self._open: dict[tuple[Key, float], T] = {}
        self._ends: list[tuple[float, int, tuple[Key, float]]] = []
        self._count = 0
        self._until = -math.inf

    @property
    def next(self) -> float | None:
        """The earliest end of a window that is open."""
        return self._ends[0][0] if self._ends else None

    def add(self, key: Key, at: float, values: Any) -> list[Ended[T]] | None:
        """Take values into all windows that they belong to and that have not ended."""
        late = True
        for start in self._starts(at):
            if start + self._size <= self._until:
                continue
            late = False
            sink = self._open.get((key, start))
            if sink is None:
                sink = self._opened(key, start)
            sink.add(values)
        return None if late else []

    def _starts(self, at: float) -> Iterator[float]:
        number = int(at // self._every)
        while (start := number * self._every) + self._size > at:
            yield start
            number -= 1

    def _opened(self, key: Key, start: float) -> T:
        refuse_more(len(self._open), self._most)
        sink = self._open[key, start] = self._make()
        self._count += 1  # so that keys, which have no order, are never compared
        heapq.heappush(self._ends, (start + self._size, self._count, (key, start)))
        return sink

    def end(self, until: float | None) -> list[Ended[T]]:
        """Return the windows that end by a time; all of them for `None`."""
        self._until = self._until if until is None else max(self._until, until)
        ended: list[Ended[T]] = []
        while self._ends and (until is None or self._ends[0][0] <= until):
            end, _, place = heapq.heappop(self._ends)
            ended.append(Ended(place[0], self._open.pop(place), place[1], end))
        return ended


class _Session(Generic[T]):
    def __init__(self, at: float, sink: T) -> None:
        self.start = at
        self.last = at
        self.sink = sink


class SessionWindows(Generic[T]):
    """Windows that end when nothing came for a while.

    Args:
        gap: That while, in seconds.
        make: Makes a sink.
        most: How many may be open.
    """

    def __init__(self, gap: float, make: Callable[[], T], most: int) -> None:
        self._gap = gap
        self._make = make
        self._most = most
        self._open: dict[Key, _Session[T]] = {}
        self._ends: list[tuple[float, int, Key]] = []
        self._count = 0
        self._until = -math.inf

    @property
    def next(self) -> float | None:
        """The earliest end of a session that is open, or an earlier time at which none ends."""
        return self._ends[0][0] if self._ends else None

    def add(self, key: Key, at: float, values: Any) -> list[Ended[T]] | None:
        """Take values into the session of their key; return the one that was over by then."""
        session = self._open.get(key)
        if session is None and at + self._gap <= self._until:
            return None
        over = []
        if session is not None and at > session.last + self._gap:
            over.append(self._closed(key))
            session = None
        if session is None:
            refuse_more(len(self._open), self._most)
            session = self._open[key] = _Session(at, self._make())
            self._awaited(key, at + self._gap)
        session.start, session.last = min(session.start, at), max(session.last, at)
        session.sink.add(values)
        return over

    def _awaited(self, key: Key, end: float) -> None:
        self._count += 1
        heapq.heappush(self._ends, (end, self._count, key))

    def _closed(self, key: Key) -> Ended[T]:
        session = self._open.pop(key)
        return Ended(key, session.sink, session.start, session.last)

    def end(self, until: float | None) -> list[Ended[T]]:
        """Return the sessions that are over by a time; all of them for `None`."""
        self._until = self._until if until is None else max(self._until, until)
        ended: list[Ended[T]] = []
        while self._ends and (until is None or self._ends[0][0] <= until):
            _, _, key = heapq.heappop(self._ends)
            session = self._open.get(key)
            if session is None:
                continue
            if until is None or session.last + self._gap <= until:
                ended.append(self._closed(key))
            else:
                self._awaited(key, session.last + self._gap)
        return ended


class CountWindows(Generic[T]):
    """Windows of a number of values.

    Args:
        size: How many.
        every: After how many new ones there is a window again.
        make: Makes a sink.
        most: How many keys there may be.
    """

    next: Final = None

    def __init__(self, size: int, every: int, make: Callable[[], T], most: int) -> None:
        self._size = size
        self._every = every
        self._make = make
        self._most = most
        self._kept: dict[Key, deque[Any]] = {}
        self._new: dict[Key, int] = {}

    def add(self, key: Key, at: float, values: Any) -> list[Ended[T]]:  # noqa: ARG002 - time does not matter here
        """Take values; return the window that is full with them."""
        kept = self._kept.get(key)
        if kept is None:
            refuse_more(len(self._kept), self._most)
            kept = self._kept[key] = deque(maxlen=self._size)
        kept.append(values)
        self._new[key] = self._new.get(key, self._every - self._size) + 1
        if self._new[key] < self._every:
            return []
        self._new[key] = 0
        ended = self._of(key)
        if self._every >= self._size:  # nothing of it is in the next one
            del self._kept[key], self._new[key]
        return [ended]

    def _of(self, key: Key) -> Ended[T]:
        sink = self._make()
        for values in self._kept[key]:
            sink.add(values)
        return Ended(key, sink, None, None)

    def end(self, until: float | None) -> list[Ended[T]]:
        """Return what is left, if nothing will come any more."""
        if until is not None:
            return []
        left = [self._of(key) for key, new in self._new.items() if new and self._kept[key]]
        self._kept.clear()
        self._new.clear()
        return left


def refuse_more(count: int, most: int) -> None:
    """Refuse to keep more than is declared.

    Raises:
        AgentError: There would be (KN805).
    """
    if count >= most:
        raise AgentError(
            f"there are {most:,} open windows or keys already",
            code="KN805",
            remedy="group by something with fewer values, take shorter windows, or raise max_groups",
        )
