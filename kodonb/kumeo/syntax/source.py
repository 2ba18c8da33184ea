"""A text with a name, and the places in it."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from typing import Final, NamedTuple

_MARK: Final = "\ufeff"


class Place(NamedTuple):
    """A place in a text: line and column, both from 1, counted in characters."""

    line: int
    column: int


class Source:
    """A text as it was read.

    Args:
        text: The text; a leading byte order mark is left out.
        name: Name of the file, as it is shown.
    """

    def __init__(self, text: str, name: str = "<text>") -> None:
        self.text = text.removeprefix(_MARK)
        self.name = name

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def place(self, offset: int) -> Place:
        """Return the place of a character, given its number from 0."""
        line = bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """Return a line, given its number from 1, without its end."""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else None].removesuffix("\r")
