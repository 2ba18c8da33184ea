"""The last lines of a run's text output."""

from __future__ import annotations

from collections import deque
from typing import Final

from kodonb.display.records import Line

MAX_LINES: Final = 200
"""Most lines that are held."""

MAX_LINE: Final = 2_000
"""Longest line that is held, in characters; of a longer one its end is kept."""


class Tail:
    """Puts text together to lines and holds the last of them.

    Attributes:
        lines: The last lines, oldest first.
        count: Number of all lines seen.
    """

    def __init__(self) -> None:
        self.lines: deque[Line] = deque(maxlen=MAX_LINES)
        self.count = 0

    def write(self, kind: str, source: str, text: str) -> None:
        """Take text of a stream; a line may come in pieces, and one text may hold many lines."""
        # Only the end of a huge text can be seen later, so only that is looked at line by line.
        pieces = text.rsplit("\n", MAX_LINES + 1)
        skipped, found, pieces[0] = pieces[0].rpartition("\n")
        if found:
            self._skip(skipped.count("\n") + 1)
        for piece in pieces[:-1]:
            self._extend(kind, source, piece, complete=True)
        if pieces[-1]:
            self._extend(kind, source, pieces[-1], complete=False)

    def _skip(self, count: int) -> None:
        begun = bool(self.lines) and not self.lines[-1].complete
        self.count += count - begun
        self.lines.clear()

    def _extend(self, kind: str, source: str, piece: str, *, complete: bool) -> None:
        line = self.lines[-1] if self.lines else None
        if line is None or line.complete or (line.kind, line.source) != (kind, source):
            line = Line(kind, source, "")
            self.lines.append(line)
            self.count += 1
        line.text = _overwritten(line.text + piece)[-MAX_LINE:]
        line.complete = complete


def _overwritten(text: str) -> str:
    """Return what a terminal leaves of a line in which carriage returns went back to its start."""
    shown = text.rstrip("\r")
    return shown.rpartition("\r")[2] + text[len(shown) :]
