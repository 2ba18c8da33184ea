"""KN115: parameters that nothing reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from kodonb.batch.lint.book import Book
from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Cell, Sheet

_SPACES: Final = frozenset({"globals", "locals", "vars", "dir"})


def unread(sheet: Sheet) -> Iterator[Finding]:
    """Yield the parameters that neither a later cell reads, nor the cell of the parameters itself."""
    tagged = [cell for cell in sheet.cells if "parameters" in cell.tags]
    if not tagged or Book(sheet).opaque:
        return
    home = tagged[0]
    read = set().union(*(_reads(cell) for cell in sheet.cells if cell.number >= home.number))
    if read & _SPACES:  # whoever asks for all names may mean any
        return
    for name, node in _parameters(home).items():
        if name not in read and not name.startswith("_"):
            message = f"the parameter `{name}` is read by no cell"
            remedy = f"use `{name}`, or remove it from the cell of the parameters"
            yield home.finding("KN115", message, remedy, node.lineno, node.col_offset + 1)


def _reads(cell: Cell) -> set[str]:
    """Return the names that a cell reads, or may mean in a text or a magic."""
    names = cell.code.names
    return {use.name for use in (*names.now, *names.later) if use.kind == "read"} | cell.code.words


def _parameters(cell: Cell) -> dict[str, ast.expr]:
    found: dict[str, ast.expr] = {}
    for statement in cell.code.tree.body:
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        else:
            targets = [statement.target] if isinstance(statement, ast.AnnAssign) else []
        found.update({target.id: target for target in targets if isinstance(target, ast.Name)})
    return found
