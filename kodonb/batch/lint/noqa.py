"""Findings that the notebook itself asks to be silent about."""

from __future__ import annotations

import re
from typing import Final

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Cell

TAG: Final = "kodonb-noqa"

_NOQA: Final = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:[\s,]+[A-Z]+\d+)*)?", re.IGNORECASE)
_CODE: Final = re.compile(r"[A-Z]+\d+", re.IGNORECASE)


def is_silenced(finding: Finding, cell: Cell) -> bool:
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
