"""Which statements change the objects that names of a notebook stand for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from kodonb.capture.slicing.effects import Change, Effects
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.touching import Aliases, Spot, aliases, stored

_MANY: Final = 999  # parts of objects: rows that hold themselves, and the like, have no end


class Changes:
    """The changes of objects, by the statements that bound them to names.

    Args:
        timeline: The notebook.
        effects: Knows what each statement does.
    """

    def __init__(self, timeline: Timeline, effects: Effects) -> None:
        self._timeline = timeline
        self._effects = effects
        self._held: dict[tuple[int, str], list[tuple[Spot, Statement]]] = defaultdict(list)
        for statement in self._active():
            # A statement that calls a function with `global` in it counts as binding these names.
            for name in effects.sets(statement):
                timeline.bind(name, statement, sure=False)

    def of(self, statement: Statement, name: str) -> list[Change]:
        """Return what changes the object that a statement binds to a name."""
        return self._found.get((statement.at, name), [])

    def _active(self) -> Iterator[Statement]:
        yield from (statement for statement in self._timeline.statements if not statement.guarded)

    @cached_property
    def _found(self) -> dict[tuple[int, str], list[Change]]:
        found: dict[tuple[int, str], list[Change]] = defaultdict(list)
        for statement in self._active():
            for holder, held in stored(statement.executed):
                for binder, name in list(self._binders(holder._replace(depth=0), statement)):
                    self._held[binder.at, name].append((held, statement))
            for spot, change in self._effects.of(statement):
                for binder, name in self._binders(spot, statement):
                    found[binder.at, name].append(change)
        return found

    @cached_property
    def _aliases(self) -> list[Aliases]:
        return [aliases(statement.executed) for statement in self._timeline.statements]

    def _binders(self, spot: Spot, statement: Statement) -> Iterator[tuple[Statement, str]]:
        """Yield the statements that bound an object, and the names under which they did."""
        waiting = [(spot, statement)]
        seen: set[tuple[Spot, int]] = set()
        while waiting:
            found, user = waiting.pop()
            if (found, user.at) in seen or found.depth < 0 or len(seen) > _MANY:
                continue
            seen.add((found, user.at))
            if found.call is not None:
                waiting += [
                    (each.deeper(found.depth), user) for each in self._effects.returned(found.call, user)
                ]
                continue
            # A statement that binds the name itself, such as the loop whose variable it is, comes before others.
            own = found.name in user.bound.names - user.bound.before
            for binder in [user] if own else self._timeline.before(found.name, user.at).statements:
                yield binder, found.name
                held = self._held.get((binder.at, found.name), [])
                waiting += [(each.deeper(found.depth), place) for each, place in held]
                inner = self._aliases[binder.at].get(found.name, frozenset())
                waiting += [(each.deeper(found.depth), binder) for each in inner]
