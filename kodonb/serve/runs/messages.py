"""Events as server-sent events."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from kodonb.model.event import Stored, event_json

if TYPE_CHECKING:
    from kodonb.session.base import Session

MOST: Final = 256 * 1024
"""Bytes that a follower is handed at a time, if it is more than one event."""

PAGE: Final = 200
"""Events that are read from the log at a time for who has fallen behind."""

_ROW: Final = 200  # bytes that an event takes beside its payload


def message(run: str, stored: Stored) -> bytes:
    """Return an event as a message: its id is the offset, its type the kind, its data JSON."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (
        stored.offset,
        stored.kind.encode(),
        event_json(run, stored),
    )


class Chunk:
    """Consecutive events of a run, encoded when the first follower wants them.

    Args:
        run: Id of the run.
        events: The events; at least one.
    """

    def __init__(self, run: str, events: Sequence[Stored]) -> None:
        self._run = run
        self._events = events
        self.first = events[0].offset
        self.last = events[-1].offset
        self.size = sum(len(event.payload) + _ROW for event in events)

    @cached_property
    def body(self) -> bytes:
        """All messages."""
        return b"".join(message(self._run, event) for event in self._events)

    def after(self, offset: int) -> bytes:
        """Return the messages of the events after an offset."""
        if offset < self.first:
            return self.body
        return b"".join(message(self._run, event) for event in self._events if event.offset > offset)


def joined(chunks: Sequence[Chunk], after: int) -> tuple[bytes, int]:
    """Return messages after an offset, of several chunks up to `MOST` bytes, and the last offset among them."""
    bodies: list[bytes] = []
    size = 0
    for chunk in chunks:
        if bodies and size + chunk.size > MOST:
            break
        bodies.append(chunk.after(after))
        size += len(bodies[-1])
        after = chunk.last
    return (bodies[0] if len(bodies) == 1 else b"".join(bodies)), after


def read(session: Session, run: str, after: int, limit: int = PAGE) -> tuple[bytes, int]:
    """Return messages from the log, and the last offset among them: the same offset if there are none."""
    bodies: list[bytes] = []
    size = 0
    for stored in session.log.read(run, after, limit):
        bodies.append(message(run, stored))
        size += len(bodies[-1])
        after = stored.offset
        if size > MOST:
            break
    return b"".join(bodies), after
