"""Applies the rules to a notebook."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.rows import rows
from kodonb.batch.lint.rules import RULES
from kodonb.batch.lint.settings import Choice, configured
from kodonb.batch.lint.sheet import Cell, Sheet, read

TAG: Final = "kodonb-noqa"

_NOQA: Final = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Z]+\d+", re.IGNORECASE)


def lint(path: Path, told: Choice | None = None) -> list[Finding]:
    """Check a notebook; nothing of it is executed.

    Args:
        path: The notebook.
        told: Codes to look for, beside what a pyproject.toml says.

    Returns:
        The findings, in the order of cells and lines.

    Raises:
        UsageError: There is no such file (KN006), or a pyproject.toml has a bad setting (KN007).
        NotebookError: It is no notebook, or a damaged one (KN601).
    """
    choice = configured(path.parent, told or Choice())
    sheet, text = read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the compiler's, of cells: they are no errors
        found = [finding for rule in RULES for finding in rule(sheet) if choice.takes(finding.code)]
    return list(_placed(found, sheet, path, text))


def _placed(found: list[Finding], sheet: Sheet, path: Path, text: str) -> Iterator[Finding]:
    """Yield what is not silenced, with the notebook's name and the line in its file."""
    row = rows(text, sheet.size)
    for finding in sorted(found, key=lambda one: (one.cell or 0, one.line or 0, one.column or 0, one.code)):
        cell = sheet.cells[finding.cell - 1] if finding.cell else None
        if cell is None:
            yield msgspec.structs.replace(finding, path=path.as_posix())
        elif not _is_silenced(finding, cell):
            line = row(cell.index, finding.line)
            yield msgspec.structs.replace(finding, path=path.as_posix(), row=line)


def _is_silenced(finding: Finding, cell: Cell) -> bool:
    """Whether a cell's tag, or a comment on the line, takes a finding back; line 1 speaks for the cell as a whole."""
    if TAG in cell.tags:
        return True
    lines = cell.text.splitlines()
    line = finding.line or 1
    found = _NOQA.search(lines[line - 1]) if line <= len(lines) else None
    if found is None:
        return False
    codes = [code.upper() for code in _CODE.findall(found["codes"] or "")]
    return not codes or any(finding.code.startswith(code) for code in codes)
