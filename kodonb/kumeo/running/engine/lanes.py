"""Order by key: of events that belong together, one is on its way at a time."""

from __future__ import annotations

from collections import deque

from kodonb.kumeo.running.flight import Flight


class Lanes:
    """Events that wait for another one with the same key.

    Attributes:
        count: How many wait.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Flight]] = {}
        self.count = 0

    def enter(self, flight: Flight) -> bool:
        """Return whether an event may begin; if not, it is kept until it may."""
        key = flight.message.key
        if not key:
            return True
        lane = self._waiting.get(key)
        if lane is None:
            self._waiting[key] = deque()
            return True
        lane.append(flight)
        self.count += 1
        return False

    def leave(self, flight: Flight) -> Flight | None:
        """Return the event that may begin now that another one has left."""
        key = flight.message.key
        lane = self._waiting.get(key) if key else None
        if lane is None:
            return None
        if lane:
            self.count -= 1
            return lane.popleft()
        del self._waiting[key]
        return None
