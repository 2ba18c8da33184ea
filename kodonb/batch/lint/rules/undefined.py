"""KN111 and KN112: names that are not there when cells are executed from the top."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from typing import Final

from kodonb.batch.lint.book import Book
from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.reading.uses import Use
from kodonb.batch.lint.sheet import Cell, Sheet
from kodonb.capture import problems
from kodonb.magics.terms import nearest

_BUILTIN: Final = frozenset(vars(builtins)) | {"PythonFinalizationError", "WindowsError", "aiter", "anext"}
_IPYTHON: Final = frozenset({"In", "Out", "display", "exit", "get_ipython", "quit"})
# Kernels of hosted notebooks bring these along.
_HOSTED: Final = frozenset({"dbutils", "displayHTML", "sc", "spark", "sqlContext"})
_NAMES: Final = _BUILTIN | _IPYTHON | _HOSTED
# `__name__` and the like, and results and inputs by number: `_`, `_3`, `_i`, `_i3`, `_oh`.
_PATTERN: Final = re.compile(r"__\w+__|_+|_i*|_i?\d+|_[iod]h|_exit_code")


def undefined(sheet: Sheet) -> Iterator[Finding]:
    """Yield names that are used before the cell that defines them, and such as no cell defines."""
    book = Book(sheet)
    there: dict[str, bool] = {}
    unclear = False
    for cell in sheet.cells:
        unclear = unclear or cell.code.opaque
        missing = list(_missing(cell, there, book))
        if not cell.excused:
            yield from _early(cell, missing, book, unclear=unclear)
            yield from _nowhere(cell, missing, book)


def _missing(cell: Cell, there: dict[str, bool], book: Book) -> Iterator[Use]:
    """Yield the first read of each name that is not there; take note of what comes and goes.

    Args:
        cell: The cell that is gone through.
        there: Whether a name is there, for all that were.
        book: What the notebook binds.
    """
    names = cell.code.names
    seen: set[str] = set()
    soon: set[str] = set()
    for use in names.now:
        if use.kind == "soon":
            soon.add(use.name)
        elif use.kind != "read":
            there[use.name] = use.kind == "bind"
        elif not (
            there.get(use.name) or use.name in soon or use.name in seen or use.excused or _is_known(use.name)
        ):
            seen.add(use.name)
            yield use
    for use in names.later:
        if not (use.name in book.bound or use.name in seen or use.excused or _is_known(use.name)):
            seen.add(use.name)
            yield use


def _early(cell: Cell, missing: list[Use], book: Book, *, unclear: bool) -> Iterator[Finding]:
    for use in missing:
        where = book.bound_first.get(use.name)
        if where is None or unclear or use.name in book.unsure:
            continue
        message = f"`{use.name}` is used {_when(use, cell, where, book)}"
        yield cell.finding("KN111", message, _remedy(use, cell, where), use.line, use.column)


def _when(use: Use, cell: Cell, where: int, book: Book) -> str:
    if where > cell.number:
        return f"before cell {where} defines it"
    gone = [number for number in book.deleted.get(use.name, ()) if number <= cell.number]
    return f"after cell {gone[-1]} deleted it" if gone else "before the cell itself defines it"


def _remedy(use: Use, cell: Cell, where: int) -> str:
    if where > cell.number:
        return f"move the cell below cell {where}, or the definition above this one"
    return f"define `{use.name}` above this line"


def _nowhere(cell: Cell, missing: list[Use], book: Book) -> Iterator[Finding]:
    for use in missing:
        if use.name in book.bound or book.opaque:
            continue
        told = problems.missing(use.name, "", None)
        near = nearest(use.name, sorted(book.bound))
        remedy = f"did you mean `{near}`? else {told.remedy}" if near else str(told.remedy)
        yield cell.finding("KN112", f"`{use.name}` is defined in no cell", remedy, use.line, use.column)


def _is_known(name: str) -> bool:
    """Whether a name is there before any cell has been executed."""
    return name in _NAMES or _PATTERN.fullmatch(name) is not None
