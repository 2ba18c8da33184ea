"""The statements of a notebook, in the order in which they are executed from the top."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Final

from kodonb.capture.body import find_flow
from kodonb.capture.index import Def, Index, first_line
from kodonb.capture.names import Needs, needs
from kodonb.capture.slicing.binding import Bound, bound, imported, loads
from kodonb.capture.slicing.magics import Plain, plain
from kodonb.capture.slicing.touching import executed
from kodonb.capture.sources import Source, place
from kodonb.capture.unit import Chunk
from kodonb.model.errors import FlowError

_RUNS: Final = (
    ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Attribute, ast.For, ast.With, ast.JoinedStr,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.AugAssign, ast.Starred, ast.Match,
)  # fmt: skip
"""Nodes that may execute code of the objects they work on."""


class Cell:
    """A cell of code.

    Args:
        number: Its place among the cells, from 0.
        source: The cell as typed.
    """

    def __init__(self, number: int, source: Source) -> None:
        self.number = number
        self.source = source
        self.plain: Plain = plain(source.text)
        tree = self.plain.tree or ast.Module(body=[], type_ignores=[])
        self.known = Index(self.plain.text, tree)

    def where(self, line: int) -> str:
        """Say where a line is."""
        return place(self.source.label, line + self.source.offset)

    def chunk(self, first: int, lines: Sequence[str]) -> Chunk:
        """Return lines with their origin, given the line of the first in the cell."""
        return Chunk(tuple(lines), self.source.label, first + self.source.offset, self.source.cell)


class Statement:
    """A statement of the notebook's namespace.

    Args:
        at: Its place among all statements.
        cell: Its cell.
        node: Its syntax.
        postponed: Whether its annotations are not evaluated.
        written: Its line, if kodonb wrote it.
    """

    def __init__(
        self, at: int, cell: Cell, node: ast.stmt, *, postponed: bool = False, written: str = ""
    ) -> None:
        self.at = at
        self.cell = cell
        self.node = node
        self.postponed = postponed
        self._written = written

    @cached_property
    def chunk(self) -> Chunk:
        """Its lines, with the comments directly above."""
        if self._written:
            return Chunk((self._written,))
        first, lines = self.cell.known.lines_of(self.node) or (self.node.lineno, [ast.unparse(self.node)])
        return self.cell.chunk(first, lines)

    @cached_property
    def first(self) -> int:
        """Line of the cell on which its lines begin."""
        return self.chunk.start - self.cell.source.offset

    @property
    def where(self) -> str:
        """The place of its first line."""
        return self.cell.where(first_line(self.node))

    @cached_property
    def text(self) -> str:
        """Its lines."""
        return "\n".join(self.chunk.lines)

    @cached_property
    def bound(self) -> Bound:
        """What it binds."""
        return bound([self.node])

    @cached_property
    def needs(self) -> Needs:
        """What it takes from the namespace."""
        found = needs(self.text, postponed=self.postponed)
        early = self.bound.before
        if isinstance(self.node, ast.ClassDef):
            # A class may read a name of the namespace before it binds one of that name, as in ``limit = limit``.
            early |= bound(self.node.body).before
        own = self.bound.names - self.bound.before
        return found._replace(now=(found.now | early) - own, hints=found.hints - self.bound.names - early)

    @cached_property
    def executed(self) -> list[ast.AST]:
        """All that is executed with it: of functions that it defines no more than decorators and defaults."""
        return list(executed(self.node))

    @cached_property
    def runs(self) -> frozenset[str]:
        """Names that are read in executing it, if that may execute code of the notebook."""
        node = self.node
        if isinstance(node, ast.Import | ast.ImportFrom):
            return frozenset()
        heads = isinstance(node, Def) and bool(node.decorator_list or node.args.defaults)
        others = not isinstance(node, Def) and any(isinstance(part, _RUNS) for part in ast.walk(node))
        if not (heads or others or isinstance(node, ast.ClassDef)):
            return frozenset()
        # A lambda in it may be called at once.
        inner = frozenset() if self.is_definition else self.needs.later
        return inner.union(loads(node, annotations=False))

    @cached_property
    def imports(self) -> dict[str, ast.alias]:
        """Names that it imports, with the part that does."""
        return {name: alias for name, alias in imported(self.node) if name != "*"}

    @property
    def star(self) -> str | None:
        """The module of which it imports all names."""
        node = self.node
        starred = isinstance(node, ast.ImportFrom) and node.names[0].name == "*" and not node.level
        return node.module if starred and isinstance(node, ast.ImportFrom) else None

    @cached_property
    def guarded(self) -> bool:
        """Whether it stands under ``if __name__ == "__main__"``, which no module executes."""
        match self.node:
            case ast.If(
                test=ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")])
            ):
                return True
        return False

    @property
    def is_definition(self) -> bool:
        """Whether it defines a function or a class."""
        return isinstance(self.node, Def | ast.ClassDef)

    @property
    def masked(self) -> list[int]:
        """Lines of it that are magics."""
        last = self.node.end_lineno or 0
        return sorted(line for line in self.cell.plain.masked if first_line(self.node) <= line <= last)


def read(sources: Sequence[Source]) -> tuple[list[Cell], list[Statement]]:
    """Return cells and statements of a notebook.

    Args:
        sources: Its cells, in order.
    """
    cells = [Cell(number, source) for number, source in enumerate(sources)]
    found: list[Statement] = []
    postponed = False
    for cell in cells:
        # Such an import holds in all cells below, too.
        postponed = postponed or "annotations" in cell.known.futures
        for node in cell.known.tree.body:
            found.append(Statement(len(found), cell, node, postponed=postponed))
        for name, function in _flow(cell):
            if name != function:
                line = f"{name} = {function}"
                found.append(Statement(len(found), cell, _at_end(line, cell), written=line))
    return cells, found


def flows(cells: Sequence[Cell]) -> frozenset[str]:
    """Return the functions of all flows that a notebook defines, and the names of those that ``%%flow`` named."""
    by_magic = [name for cell in cells for pair in _flow(cell) for name in pair]
    nodes = [node for cell in cells for node in cell.known.tree.body if isinstance(node, Def)]
    return frozenset(by_magic).union(node.name for node in nodes if "flow" in _marks(node))


def _marks(node: Def) -> set[str]:
    bare = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
    return {str(getattr(mark, "attr", getattr(mark, "id", ""))) for mark in bare}


def _flow(cell: Cell) -> Iterator[tuple[str, str]]:
    """Yield the name of the flow that ``%%flow`` defines, and its function."""
    if cell.plain.flow and cell.plain.tree is not None:
        with suppress(FlowError):
            yield cell.plain.flow, find_flow(cell.plain.text, cell.plain.flow)


def _at_end(line: str, cell: Cell) -> ast.stmt:
    return ast.increment_lineno(ast.parse(line).body[0], cell.plain.text.rstrip("\n").count("\n"))
