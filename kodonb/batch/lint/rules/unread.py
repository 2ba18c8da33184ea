"""KN115: parameters that nothing reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from kodonb.batch.files import Notebook
from kodonb.batch.lint.book import Book
from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Cell, Sheet

_SPACES: Final = frozenset({"globals", "locals", "vars", "dir"})


def unread(sheet: Sheet) -> Iterator[Finding]:
    """Yield the parameters that neither a later cell reads, nor the cell of the parameters itself."""
    for home in _home(sheet):
        for name, node in _idle(sheet, home, home.number):
            message = f"the parameter `{name}` is read by no cell"
            remedy = f"use `{name}`, or remove it from the cell of the parameters"
            yield home.finding("KN115", message, remedy, node.lineno, node.col_offset + 1)


def unread_later(notebook: Notebook) -> list[str]:
    """Return the parameters that no cell below that of the parameters reads: a value that is given changes nothing."""
    sheet = Sheet(notebook, {})
    return [name for home in _home(sheet) for name, _ in _idle(sheet, home, home.number + 1)]


def _home(sheet: Sheet) -> list[Cell]:
    """Return the cell of the parameters, if there is one."""
    return [cell for cell in sheet.cells if "parameters" in cell.tags][:1]


def _idle(sheet: Sheet, home: Cell, first: int) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that no cell from the first one on reads, with where they are set."""
    read = set().union(*(_reads(cell) for cell in sheet.cells if cell.number >= first))
    if read & _SPACES or Book(sheet).opaque:  # whoever asks for all names may mean any
        return
    for name, node in _parameters(home).items():
        if name not in read and not name.startswith("_"):
            yield name, node


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
