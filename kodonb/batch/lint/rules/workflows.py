"""E… and W…: what is wrong with the texts of ``%%kumeo`` cells, with the codes of the language."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Cell, Sheet
from kodonb.batch.workflow import agent_types, is_of_type, text_of
from kodonb.model.errors import KodonbError


def workflows(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is wrong with texts in Kumeo; agents that another cell defines are known."""
    texts = [cell for cell in sheet.cells if cell.code.head is not None and cell.code.head.name == "kumeo"]
    types = [name for cell in sheet.cells for name, _ in agent_types(cell.code.tree.body)] if texts else []
    for cell in texts:
        if not cell.excused:
            yield from _of_cell(cell, types)


def _of_cell(cell: Cell, types: list[str]) -> Iterator[Finding]:
    try:
        text = text_of(cell.text)
    except KodonbError as error:
        message, remedy = error.message.partition("\n")[0], error.remedy or "see %%kumeo -h"
        yield cell.finding(error.code, message, remedy, cell.code.head.line if cell.code.head else 1)
        return
    checked = text.checked(f"cell {cell.number}") if text is not None else None
    for one in checked.diagnostics if checked is not None else ():
        if checked is not None and not is_of_type(one, checked, types):
            yield cell.finding(one.code, one.message, one.remedy, one.line, one.column)
