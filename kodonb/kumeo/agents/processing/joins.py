"""Joins: parts that come one by one, and belong together because they share a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from kodonb.kumeo.agents.processing.windows import refuse_more

Kind = Literal["inner", "left", "outer"]


class _Waiting:
    def __init__(self, at: float) -> None:
        self.since = at
        self.parts: dict[str, list[Any]] = {}


class Join:
    """Waits for one part of each kind; those that came first are joined first.

    Args:
        names: Names of the parts.
        within: Seconds that the first part waits for the others.
        kind: What comes of incomplete ones: ``inner`` nothing, ``left`` those that have the first part, ``outer`` all.
        most: How many keys may wait.
    """

    def __init__(self, names: Sequence[str], within: float, kind: Kind, most: int) -> None:
        self._names = tuple(names)
        self._within = within
        self._kind = kind
        self._most = most
        self._waiting: dict[Any, _Waiting] = {}  # in the order of arrival, so the first is due first

    @property
    def next(self) -> float | None:
        """When the first of those that wait has waited long enough."""
        first = next(iter(self._waiting.values()), None)
        return None if first is None else first.since + self._within

    def add(self, key: Any, at: float, parts: dict[str, Any]) -> list[dict[str, Any]]:
        """Take parts; return what is complete with them."""
        waiting = self._waiting.get(key)
        if waiting is None:
            refuse_more(len(self._waiting), self._most)
            waiting = self._waiting[key] = _Waiting(at)
        for name, part in parts.items():
            queue = waiting.parts.setdefault(name, [])
            refuse_more(len(queue), self._most)
            queue.append(part)
        complete = []
        while len(waiting.parts) == len(self._names):
            complete.append(self._taken(waiting))
        if not waiting.parts:
            del self._waiting[key]
        return complete

    def _taken(self, waiting: _Waiting) -> dict[str, Any]:
        """Return one of each part, null for those that did not come."""
        found = dict.fromkeys(self._names)
        for name in list(waiting.parts):
            queue = waiting.parts[name]
            found[name] = queue.pop(0)
            if not queue:
                del waiting.parts[name]
        return found

    def end(self, until: float | None) -> tuple[list[tuple[Any, dict[str, Any]]], int]:
        """Return what is incomplete and has waited long enough, with its key; and how many came to nothing."""
        found: list[tuple[Any, dict[str, Any]]] = []
        lost = 0
        while self._waiting and (until is None or (self.next or 0.0) <= until):
            key = next(iter(self._waiting))
            waiting = self._waiting.pop(key)
            while waiting.parts:
                row = self._taken(waiting)
                wanted = self._kind == "outer" or (self._kind == "left" and row[self._names[0]] is not None)
                found += [(key, row)] if wanted else []
                lost += not wanted
        return found, lost
