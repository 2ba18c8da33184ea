"""Which names of a notebook stand for literals, cell after cell."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from typing import Any


class Literals:
    """Names that are bound to literals; a name that may have come to stand for something else is forgotten."""

    def __init__(self) -> None:
        self._known: dict[str, Any] = {}

    def value(self, node: ast.expr) -> Any:
        """Return what a literal, or the name of one, stands for.

        Raises:
            ValueError: It is neither.
        """
        return self.of(node.id) if isinstance(node, ast.Name) else ast.literal_eval(node)

    def of(self, name: str) -> Any:
        """Return what a name stands for.

        Raises:
            ValueError: That is not known.
        """
        if name not in self._known:
            raise ValueError(name)
        return self._known[name]

    def learn(self, statement: ast.stmt, given: Collection[ast.AST] = ()) -> None:
        """Take what a statement does to names.

        Args:
            statement: The statement.
            given: Nodes in it that are inputs of flows, which leave them as they are.
        """
        for name in {*_stored(statement), *self._touched(statement, given)}:
            self._known.pop(name, None)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            self._bind(targets(statement), statement.value)

    def _bind(self, names: list[str], value: ast.expr) -> None:
        try:
            self._known |= dict.fromkeys(names, self.value(value))
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return

    def _touched(self, statement: ast.stmt, given: Collection[ast.AST]) -> Iterator[str]:
        """Yield names of lists and the like that something is done with: they may be changed by it."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node not in given and self._can_change(node.id):
                yield node.id

    def _can_change(self, name: str) -> bool:
        return isinstance(self._known.get(name), list | dict | set)


def targets(statement: ast.stmt) -> list[str]:
    """Return the names to which an assignment gives its whole value."""
    found = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return [target.id for target in found if isinstance(target, ast.Name)]


def _stored(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement, or one within it, binds or deletes."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
