"""KN203: cells that are not Python."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Sheet


def syntax(sheet: Sheet) -> Iterator[Finding]:
    """Yield one finding for each cell that cannot be parsed, unless a newer Python may be able to."""
    for cell in sheet.cells:
        error = cell.code.error
        if error is not None and not cell.excused and not sheet.modern:
            yield cell.finding(
                "KN203",
                f"syntax error: {error.msg}",
                "correct the line",
                min(error.lineno or 1, len(cell.text.splitlines()) or 1),
                max(error.offset or 1, 1),
            )
