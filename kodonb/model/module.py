"""Captured code: a module made from notebook definitions."""

from __future__ import annotations

import hashlib

import msgspec


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive lines of a captured module and where they come from.

    Attributes:
        line: First line in the module, from 1.
        count: Number of lines.
        file: File name in tracebacks: ``"Cell In[3]"``, or the path of a source file, or
            ``"<captured>"`` for lines that kodonb wrote.
        start: First line in that file, from 1.
        cell: Id of the notebook cell, if known.
    """

    line: int
    count: int
    file: str
    start: int
    cell: str | None = None


PREFIX = "kodonb_flow_"
"""What the names of all captured modules begin with."""


class Module(msgspec.Struct, frozen=True, kw_only=True):
    """Source text that can be imported anywhere, and what is known of its origin.

    Attributes:
        entry: Name of the flow function in the module.
        source: Python source text.
        pieces: Source map, in the order of the module's lines; covers every line.
        companions: Local modules it imports: module name -> (path, source text).
        packages: Installed distributions it imports: name -> version.
        python: Version of Python that captured it.
        commit: Git commit of the notebook's folder, with ``+`` when there are changes.
        notices: What the user should be told, e.g. objects that travel by cloudpickle.
    """

    entry: str
    source: str
    pieces: tuple[Piece, ...] = ()
    companions: dict[str, tuple[str, str]] = {}
    packages: dict[str, str] = {}
    python: str = ""
    commit: str | None = None
    notices: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """Hash of everything that decides what runs, wherever it was typed; 16 hexadecimal digits."""
        return _digest(self.entry, self.source, *(f"{k}\0{v[1]}" for k, v in sorted(self.companions.items())))

    @property
    def hash(self) -> str:
        """Hash of what runs and of the cells and lines that tracebacks name; 16 hexadecimal digits."""
        return _digest(self.code, *(f"{p.line}\0{p.file}\0{p.start}" for p in self.pieces))

    @property
    def name(self) -> str:
        """Name under which the module is found in `sys.modules`."""
        return PREFIX + self.hash

    def origin(self, line: int) -> tuple[str, int] | None:
        """Return file and line that a line of the module comes from."""
        for piece in self.pieces:
            if piece.line <= line < piece.line + piece.count:
                return piece.file, piece.start + line - piece.line
        return None


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
