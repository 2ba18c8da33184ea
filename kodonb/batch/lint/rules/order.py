"""KN114: cells that were executed in another order than they are read in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Sheet

_REMEDY: Final = "restart the kernel, run all cells, and save; or clear all outputs"


def order(sheet: Sheet) -> Iterator[Finding]:
    """Yield cells that were executed before one above them, or whose output nobody knows the origin of."""
    last, where = 0, 0
    # Where no cell has a count, a tool has taken them out on purpose.
    counted = any(cell.count is not None for cell in sheet.cells)
    for cell in sheet.cells:
        if not cell.count:  # some kernels do not count, and say 0
            if cell.count is None and counted and cell.outputs:
                message = "the cell has outputs, but was not executed in the session that was saved"
                yield cell.finding("KN114", message, _REMEDY)
            continue
        if cell.count <= last:
            message = f"the cell was executed as [{cell.count}], cell {where} above it as [{last}]"
            yield cell.finding("KN114", message, _REMEDY)
        last, where = cell.count, cell.number
