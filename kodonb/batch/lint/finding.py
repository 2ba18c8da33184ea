"""What is found in notebooks."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from kodonb.kumeo.diagnostics.codes import CODES as KUMEO
from kodonb.model.errors import CODES

Severity = Literal["error", "warning"]

WARNINGS: Final = frozenset({"KN113", "KN114", "KN115", "KN117"})
"""Codes of what does not stop a notebook from being executed from the top; nor does a W… of Kumeo."""


def severity(code: str) -> Severity:
    """Return how bad a finding of a code is."""
    return "warning" if code in WARNINGS or code.startswith("W") else "error"


def title(code: str) -> str:
    """Return what a code means."""
    return CODES.get(code) or KUMEO[code]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is wrong with a notebook, or will be.

    Attributes:
        code: A code of `kodonb.model.errors.CODES`, or of Kumeo.
        message: One line that says what is wrong.
        remedy: What to do about it.
        severity: ``"error"``, or ``"warning"`` if the notebook works all the same.
        path: The notebook, as it is shown.
        cell: Number of the cell among all code cells, from 1; `None` for the notebook as a whole.
        id: The cell's id, if the file has one.
        line: Line in the cell, from 1; `None` for the cell as a whole.
        column: Column in that line, from 1.
        row: Line in the notebook's file, from 1.
        fixable: Whether `fix` removes it.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = "error"
    path: str = ""
    cell: int | None = None
    id: str = ""
    line: int | None = None
    column: int | None = None
    row: int = 1
    fixable: bool = False


class Fixed(msgspec.Struct, frozen=True):
    """Something that was removed from a notebook.

    Attributes:
        path: The notebook.
        cell: Number of the cell among all code cells; `None` for the notebook as a whole.
        what: What was removed, and why.
    """

    path: str
    cell: int | None
    what: str


class Unreadable(msgspec.Struct, frozen=True):
    """A notebook that could not be read or written.

    Attributes:
        path: The notebook.
        code: Code of the error.
        message: What is wrong.
        where: The place in the file, if known.
        remedy: What to do.
    """

    path: str
    code: str
    message: str
    where: str | None = None
    remedy: str | None = None


class Report(msgspec.Struct):
    """What became of all notebooks.

    Attributes:
        notebooks: How many were looked at.
        findings: What was found, in the order of notebooks and cells.
        fixed: What was removed.
        unreadable: Notebooks that could not be looked at.
    """

    notebooks: int = 0
    findings: list[Finding] = []
    fixed: list[Fixed] = []
    unreadable: list[Unreadable] = []

    def count(self, severity: Severity) -> int:
        """Return how many findings are of a severity."""
        return sum(finding.severity == severity for finding in self.findings)
