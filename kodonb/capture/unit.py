"""The parts a captured module is put together from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from kodonb.capture.names import Needs, needs
from kodonb.capture.sources import place


class Chunk(NamedTuple):
    """Consecutive lines of one origin.

    Attributes:
        lines: The lines.
        file: Where users know them from; empty for lines that kodonb wrote.
        start: Line of the first one there.
        cell: Id of the notebook cell, if known.
    """

    lines: tuple[str, ...]
    file: str = ""
    start: int = 1
    cell: str | None = None


class Import(NamedTuple):
    """A name that comes from another module.

    Attributes:
        module: Name of the module.
        attribute: Name in it; `None` for the module itself.
        name: What it is called here; empty for an import made for its submodule only.
        file: Where the user wrote it; empty if unknown.
        line: The line there.
        cell: Id of the notebook cell, if known.
    """

    module: str
    attribute: str | None
    name: str
    file: str = ""
    line: int = 0
    cell: str | None = None


@dataclass(frozen=True, eq=False)
class Unit:
    """A definition, with all lines that make it.

    Attributes:
        name: The name it is captured for.
        chunks: Its lines.
        rank: Place in the user's order: number of the cell, then line.
        postponed: Whether its annotations are not evaluated.
        clobbers: A name it binds on the way, that the module may bind to something else later.
        extra: Names it needs at once, beside those in its text.
    """

    name: str
    chunks: tuple[Chunk, ...]
    rank: tuple[int, int] = (-1, 0)
    postponed: bool = False
    clobbers: str | None = None
    extra: frozenset[str] = field(default=frozenset())

    @cached_property
    def text(self) -> str:
        """All lines."""
        return "\n".join(line for chunk in self.chunks for line in chunk.lines)

    @cached_property
    def needs(self) -> Needs:
        """What it takes from the module."""
        found = needs(self.text, postponed=self.postponed)
        return found._replace(now=found.now | self.extra)

    def where(self, line: int) -> str:
        """Say where a line of the text comes from."""
        for chunk in self.chunks:
            if line <= len(chunk.lines):
                return place(chunk.file, chunk.start + line - 1) if chunk.file else f"`{self.name}`"
            line -= len(chunk.lines)
        return f"`{self.name}`"
