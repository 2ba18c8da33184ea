"""What pytest tells of a cell that failed: the notebook's own lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

_AROUND: Final = 3  # lines before and after the one that is meant
_MOST: Final = 12  # lines of a cell in which none is meant


class Place(NamedTuple):
    """A place in a notebook: the cell as people know it, its source, and the line, from 1, if that is known."""

    cell: str
    source: str
    line: int | None = None


class CellFailure(Exception):
    """A cell failed as a test.

    Args:
        message: What is wrong; its first line is the summary.
        places: Where: the cell itself first, then the cell in which it happened, if that is another.
    """

    def __init__(self, message: str, places: Sequence[Place]) -> None:
        super().__init__(message)
        self.message = message
        self.places = tuple(places)


def shown(path: str, failure: CellFailure) -> ReprExceptionInfo:
    """Return a failure as pytest shows it, and as it travels between its processes."""
    text = "\n".join(_lines(path, failure)) + "\n"
    summary = failure.message.partition("\n")[0]
    # The parts that pytest makes of a Python exception: reports of other kinds lose their summary under pytest-xdist.
    crash = ReprFileLocation(path, failure.places[0].line or 1, summary)
    return ReprExceptionInfo(ReprTraceback([ReprEntryNative([text])], None, "native"), crash)


def _lines(path: str, failure: CellFailure) -> Iterator[str]:
    for number, place in enumerate(failure.places):
        where = f"{place.cell}, line {place.line}" if place.line else place.cell
        yield f"in {where}" if number else f"{path}, {where}"
        yield ""
        yield from _source(place)
        yield ""
    yield failure.message


def _source(place: Place) -> Iterator[str]:
    source = place.source.splitlines()
    first = max(0, place.line - 1 - _AROUND) if place.line else 0
    last = place.line + _AROUND if place.line else _MOST
    for number, line in enumerate(source[first:last], first + 1):
        yield f"{'>' if number == place.line else ' '} {number:>4}  {line}".rstrip()
    if not place.line and len(source) > _MOST:
        yield f"       … and {len(source) - _MOST} more lines"
