"""Puts definitions into an order that works, as close to the user's as it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kodonb.capture.unit import Unit


def arrange(units: Mapping[str, Unit]) -> list[Unit]:
    """Order units so that each finds what it needs while it is executed.

    A unit that is needed at once, such as a decorator, may be called at once: so whatever it needs when
    called comes before, too.
    """
    arrangement = _Arrangement(units)
    for unit in sorted(units.values(), key=lambda unit: (unit.rank, unit.name)):
        arrangement.put(unit)
    return arrangement.done


class _Arrangement:
    def __init__(self, units: Mapping[str, Unit]) -> None:
        self.done: list[Unit] = []
        self._units = units
        self._open: set[str] = set()
        self._put: set[str] = set()
        self._clobbers: dict[str, list[str]] = {}
        for unit in units.values():
            if unit.clobbers in units:
                self._clobbers.setdefault(str(unit.clobbers), []).append(unit.name)

    def put(self, unit: Unit) -> None:
        """Append a unit, after what it needs."""
        if unit.name in self._open | self._put:
            return
        self._open.add(unit.name)
        at_once = self._now(unit)
        for needed in at_once:
            self.put(self._units[needed])
        for called in self._called(unit, at_once):
            # What waits for a unit that is being put cannot come before it.
            if not self._all_now(called) & self._open:
                self.put(self._units[called])
        self._open.discard(unit.name)
        self._put.add(unit.name)
        self.done.append(unit)

    def _called(self, unit: Unit, at_once: list[str]) -> Iterator[str]:
        for needed in at_once:
            yield from self._sorted(self._reach(needed))
        for hint in self._sorted(unit.needs.hints):
            # Two models that mention each other keep the order in which they were written.
            if unit.name not in self._reach(hint):
                yield hint

    def _now(self, unit: Unit) -> list[str]:
        names = {*unit.needs.now, *self._clobbers.get(unit.name, ())}
        return [name for name in self._sorted(names) if name != unit.name]

    def _all_now(self, name: str) -> set[str]:
        found: set[str] = {name}
        waiting = [name]
        while waiting:
            more = set(self._now(self._units[waiting.pop()])) - found
            found |= more
            waiting += more
        return found

    def _reach(self, name: str) -> set[str]:
        found: set[str] = {name}
        waiting = [name]
        while waiting:
            needs = self._units[waiting.pop()].needs
            more = (needs.required | needs.hints) & self._units.keys() - found
            found |= more
            waiting += more
        return found

    def _sorted(self, names: set[str] | frozenset[str]) -> list[str]:
        known = [name for name in names if name in self._units]
        return sorted(known, key=lambda name: (self._units[name].rank, name))
