"""What tracebacks of a kernel say of the cells that they go through."""

from __future__ import annotations

import re
from typing import Final

_ANSI: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PLACE: Final = re.compile(r"Cell In\[(\d+)\], line (\d+)")


def plain(text: str) -> str:
    """Return text without colours of a terminal."""
    return _ANSI.sub("", text)


def lines(traceback: str) -> list[tuple[int, int]]:
    """Return the lines of cells that a traceback goes through: (execution count, line), outermost first."""
    return [(int(count), int(line)) for count, line in _PLACE.findall(traceback)]
