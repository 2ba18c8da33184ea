"""Where the lines of a cell stand in the notebook's file."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_CELLS: Final = re.compile(r'(?P<indent>\s*)"cells":')
_SOURCE: Final = re.compile(r'(?P<indent>\s*)"source":\s*(?P<opening>\[?)\s*(?P<more>\S?)')


def rows(text: str, cells: int) -> Callable[[int, int | None], int]:
    """Return a function from a cell's place among all cells, and a line in it, to the line in the file.

    It answers 1 where the file is not written as Jupyter does, a key and a line of source in each of its lines.

    Args:
        text: The file.
        cells: How many cells it has.
    """
    lines = text.split("\n")
    starts = _starts(lines)
    if len(starts) != cells:
        return lambda _index, _line: 1

    def row(index: int, line: int | None) -> int:
        start, spread = starts[index]
        return start + line if spread and line else start

    return row


def _starts(lines: list[str]) -> list[tuple[int, bool]]:
    """Return the line of each cell's ``"source"``, and whether the lines of source follow it one by one."""
    unit = next((len(found["indent"]) for line in lines if (found := _CELLS.match(line))), None)
    return [
        (number, found["opening"] == "[" and not found["more"])
        for number, line in enumerate(lines, 1)
        # Outputs may hold JSON with a "source" of their own, further to the right.
        if (found := _SOURCE.match(line)) and unit is not None and len(found["indent"]) == 3 * unit
    ]
