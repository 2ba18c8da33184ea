"""The newest events of runs that are being written, so that who follows closely costs the log nothing."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from kodonb.model.event import Stored

_RUNS: Final = 64
_BYTES: Final = 1024 * 1024  # of payload that is remembered of a run
_BATCHES: Final = 200


class _Tail:
    """The last batches of a run, without a gap between them."""

    def __init__(self) -> None:
        self.batches: deque[tuple[Sequence[Stored], int]] = deque()
        self.bytes = 0
        self.live = False

    def add(self, events: Sequence[Stored]) -> None:
        if self.batches and events[0].offset != self.last + 1:
            self.batches.clear()
            self.bytes = 0
        size = sum(len(event.payload) for event in events)
        self.batches.append((events, size))
        self.bytes += size
        self.live = self.live and all(event.kind != "status" for event in events)
        while self.batches and (self.bytes > _BYTES or len(self.batches) > _BATCHES):
            self.bytes -= self.batches.popleft()[1]

    @property
    def first(self) -> int:
        return self.batches[0][0][0].offset

    @property
    def last(self) -> int:
        return self.batches[-1][0][-1].offset

    def after(self, offset: int) -> list[Stored]:
        newest = takewhile(lambda batch: batch[0][-1].offset > offset, reversed(self.batches))
        return [event for events, _ in reversed(list(newest)) for event in events if event.offset > offset]


class Tails:
    """What is remembered of the runs that were written last."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._tails: OrderedDict[str, _Tail] = OrderedDict()

    def add(self, run: str, events: Sequence[Stored]) -> None:
        """Remember events that were just committed."""
        with self._guard:
            tail = self._tails.pop(run, None) or _Tail()
            tail.add(events)
            if tail.batches:
                self._tails[run] = tail
            if len(self._tails) > _RUNS:
                self._tails.popitem(last=False)

    def after(self, run: str, offset: int) -> tuple[list[Stored], bool]:
        """Return the remembered events after an offset, and whether there are surely no others as yet.

        Nothing is returned when some of what follows the offset is remembered no more.
        """
        with self._guard:
            tail = self._tails.get(run)
            if tail is None or not tail.first <= offset + 1 <= tail.last + 1:
                return [], False
            return tail.after(offset), tail.live

    def live(self, run: str, offset: int) -> None:
        """Remember that a run had not ended when its last event was this one; its next status ends that."""
        with self._guard:
            tail = self._tails.get(run)
            if tail is not None and tail.last == offset:
                tail.live = True

    def forget(self, run: str) -> None:
        """Forget a run that was changed by somebody else."""
        with self._guard:
            self._tails.pop(run, None)
