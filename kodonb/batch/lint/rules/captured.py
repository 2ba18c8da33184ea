"""KN102, KN103, KN201, KN202: flows that cannot leave the notebook, as far as that is certain from the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from kodonb.batch.flow import name_of
from kodonb.batch.heads import split
from kodonb.batch.lint.book import Book
from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.reading.scan import scan
from kodonb.batch.lint.reading.uses import Use
from kodonb.batch.lint.rules.origins import DATA, TIED, Origins
from kodonb.batch.lint.sheet import Cell, Sheet
from kodonb.capture import find_flow, problems
from kodonb.model.errors import CaptureError, KodonbError

# Other libraries have flows too: `@prefect.flow` is none of ours.
_FLOW: Final = frozenset({"kb.flow", "kodonb.flow", "kodonb.flows.flow"})
_LINE: Final = re.compile(r"line (\d+)$")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def captured(sheet: Sheet) -> Iterator[Finding]:
    """Yield cells of flows that define none, and what flows use although it cannot travel."""
    origins = Origins(sheet)
    entries: list[str] = []
    for cell in sheet.cells:
        entries += _decorated(cell, origins)
        try:
            entries += _of_magic(cell)
        except KodonbError as error:
            yield _told(error, cell)
    if entries:
        yield from _Closure(sheet, origins).follow(entries)


def _told(error: KodonbError, cell: Cell) -> Finding:
    place = _LINE.search(error.where or "")
    first = cell.code.head.line if cell.code.head else 1
    message, remedy = error.message.partition("\n")[0], error.remedy or "see %%flow -h"
    return cell.finding(error.code, message, remedy, int(place[1]) if place else first)


def _of_magic(cell: Cell) -> Iterator[str]:
    """Yield the function of a cell of ``%%flow``.

    Raises:
        UsageError: The line of ``%%flow`` cannot be read (KN001, KN005).
        FlowError: The cell defines no flow (KN201), several (KN202), or has lines of magics (KN203).
    """
    head = cell.code.head
    # An error of syntax is told once, by its own rule.
    if head is not None and head.name == "flow" and cell.code.error is None:
        name = name_of(head)
        if name is not None:
            yield find_flow(split(cell.text)[1], name)


def _decorated(cell: Cell, origins: Origins) -> Iterator[str]:
    """Yield the functions of a cell that a decorator of ours makes flows."""
    for node in cell.code.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            marks = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
            if any(origins.dotted(mark) in _FLOW for mark in marks):
                yield node.name


class _Closure:
    """Follows names from flows to all that travels with them, as `kodonb.capture` does.

    Args:
        sheet: The notebook.
        origins: What its names come from.
    """

    def __init__(self, sheet: Sheet, origins: Origins) -> None:
        self._book = Book(sheet)
        self._origins = origins
        self._definitions: dict[str, tuple[Cell, _Definition]] = {
            node.name: (cell, node)
            for cell in sheet.cells
            for node in cell.code.tree.body
            if isinstance(node, _Definition)
        }

    def follow(self, entries: list[str]) -> Iterator[Finding]:
        """Yield what cannot travel, each name where it is first used."""
        waiting, seen = list(dict.fromkeys(entries)), set(entries)
        while waiting:
            cell, node = self._definitions.get(waiting.pop(0), (None, None))
            if cell is None or node is None:
                continue
            names = scan(ast.Module(body=[node], type_ignores=[]))
            for use in (*names.now, *names.later):
                if use.kind == "read" and use.name not in seen:
                    seen.add(use.name)
                    waiting.append(use.name)
                    yield from self._judge(use, cell)

    def _judge(self, use: Use, cell: Cell) -> Iterator[Finding]:
        problem = self._problem(use.name)
        if problem is not None:
            message, remedy = problem.message, str(problem.remedy)
            yield cell.finding(problem.code, message, remedy, use.line, use.column)

    def _problem(self, name: str) -> CaptureError | None:
        if name == "get_ipython":
            return problems.magic("")
        # What is bound more than once may be anything by the time the flow is submitted.
        if self._book.counts.get(name) != 1 or name in self._book.unsure:
            return None
        origin = self._origins.of(name)
        if origin in TIED:
            return problems.tied(name, TIED[origin], "", "")
        return problems.data(name, DATA[origin], "") if origin in DATA else None
