"""Applies the rules to a notebook."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from kodonb.batch.lint.captured import captured
from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.leaks import leaks
from kodonb.batch.lint.noqa import is_silenced
from kodonb.batch.lint.order import order
from kodonb.batch.lint.paths import paths
from kodonb.batch.lint.redefined import redefined
from kodonb.batch.lint.rows import rows
from kodonb.batch.lint.settings import Choice, configured
from kodonb.batch.lint.sheet import Sheet, read
from kodonb.batch.lint.syntax import syntax
from kodonb.batch.lint.undefined import undefined
from kodonb.batch.lint.unread import unread

RULES: Final[tuple[Callable[[Sheet], Iterator[Finding]], ...]] = (
    syntax,
    undefined,
    redefined,
    order,
    unread,
    leaks,
    paths,
    captured,
)
"""All rules."""


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
        elif not is_silenced(finding, cell):
            line = row(cell.index, finding.line)
            yield msgspec.structs.replace(finding, path=path.as_posix(), row=line)
