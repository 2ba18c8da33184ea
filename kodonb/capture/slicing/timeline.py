"""What a name stands for at each point of a notebook that is executed from the top."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from kodonb.capture.slicing.stars import Stars
from kodonb.capture.slicing.statements import Cell, Statement


class Reach(NamedTuple):
    """Statements that may have bound what a name stands for.

    Attributes:
        statements: They, in order; several if some bind it in some case only.
        deleted: The statement that deleted it, if nothing bound it since.
    """

    statements: tuple[Statement, ...] = ()
    deleted: Statement | None = None


class Timeline:
    """The statements of a notebook by the names they bind.

    Args:
        cells: The cells.
        statements: Their statements, in order.
        stars: Knows the names of modules.
    """

    def __init__(self, cells: Sequence[Cell], statements: Sequence[Statement], stars: Stars) -> None:
        self.cells = cells
        self.statements = statements
        self.end = len(statements)
        self.starred: list[Statement] = []
        self.guarded: dict[str, Statement] = {}
        self._sure: dict[str, set[int]] = defaultdict(set)
        self._bind: dict[str, list[int]] = defaultdict(list)
        self._gone: dict[str, set[int]] = defaultdict(set)
        for statement in statements:
            self._enter(statement, stars)

    def _enter(self, statement: Statement, stars: Stars) -> None:
        if statement.guarded:
            self.guarded.update(dict.fromkeys(statement.bound.names, statement))
            return
        for name in statement.bound.names:
            self.bind(name, statement, sure=name in statement.bound.surely)
        # What an `if` deletes is taken to be there still.
        for name in statement.bound.gone if isinstance(statement.node, ast.Delete) else ():
            self.bind(name, statement, sure=True)
            self._gone[name].add(statement.at)
        if statement.star is not None:
            names = stars.names(statement.star)
            if names is None:
                self.starred.append(statement)
            for name in names or ():
                self.bind(name, statement, sure=True)

    def bind(self, name: str, statement: Statement, *, sure: bool) -> None:
        """Note that a statement binds, or deletes, a name."""
        if statement.at not in self._bind[name]:
            self._bind[name] = sorted([*self._bind[name], statement.at])
        if sure:
            self._sure[name].add(statement.at)

    def before(self, name: str, at: int) -> Reach:
        """Return what a name stands for when the statement of a place is executed."""
        found: list[Statement] = []
        for place in reversed(self._bind.get(name, ())):
            if place >= at:
                continue
            statement = self.statements[place]
            if place in self._gone.get(name, ()):
                return Reach(tuple(reversed(found)), None if found else statement)
            found.append(statement)
            if place in self._sure[name]:
                break
        return Reach(tuple(reversed(found)))

    def last(self, name: str) -> Reach:
        """Return what a name stands for once all is executed: that is what functions find when they are called."""
        return self.before(name, self.end)

    def everywhere(self, name: str) -> list[Statement]:
        """Return all statements that bind or delete a name."""
        return [self.statements[place] for place in self._bind.get(name, ())]

    @property
    def names(self) -> list[str]:
        """All names that statements bind."""
        return sorted(name for name, places in self._bind.items() if places)
