"""Writes a slice as a module that a person might have written."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kodonb.capture.emit import laid
from kodonb.capture.index import Def, first_line
from kodonb.capture.slicing import importing
from kodonb.capture.slicing.importing import Imports
from kodonb.capture.slicing.records import DataFile
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.unit import Chunk
from kodonb.model.module import Piece

_BLANK: Final = Chunk(("",))


class Plan(NamedTuple):
    """What a module is written from.

    Attributes:
        statements: Statements in their order, imports that stand at the top left out.
        imports: The imports.
        future: The statement that postpones annotations, or where to write it.
        decorators: Lines to put above definitions, by place.
        literals: Literals that become calls of `resource`, by place.
        resource: Name of that function.
        imported: The line that imports it; empty if no literal becomes a call of it.
        written: Imports that no cell has.
        folders: Where local modules stand.
    """

    statements: Sequence[Statement]
    imports: Imports
    future: Statement | None
    decorators: Mapping[int, str]
    literals: Mapping[int, Mapping[ast.Constant, DataFile]]
    resource: str
    imported: str
    written: Sequence[str]
    folders: Sequence[Path]


def write(plan: Plan) -> tuple[str, tuple[Piece, ...]]:
    """Return source text and source map of a module."""
    chunks = _head(plan)
    before: Statement | None = None
    for statement in plan.statements:
        if chunks:
            chunks += [_BLANK] * _gap(before, statement)
        chunks += _body(statement, plan)
        before = statement
    return laid(chunks)


def _head(plan: Plan) -> list[Chunk]:
    groups: list[list[Chunk]] = [[], [], [], []]
    if plan.future is not None:
        line = "from __future__ import annotations"
        groups[0].append(plan.future.cell.chunk(plan.future.node.lineno, (line,)))
    for statement, names in plan.imports.top:
        place = 1 + importing.section(importing.module_of(statement), plan.folders)
        groups[place] += importing.lines(statement, names)
    for line in plan.written:
        found = re.match(r"(?:from|import) ([\w.]+)", line)
        place = 1 + importing.section(found[1] if found else "", plan.folders)
        groups[place].append(Chunk((line,)))
    filled = [group for group in groups if group]
    return [chunk for group in filled for chunk in ([_BLANK] if group is not filled[0] else []) + group]


def _gap(before: Statement | None, after: Statement) -> int:
    """Return the number of empty lines between two statements."""
    if before is None:
        return 2 if after.is_definition else 1
    behind = after.first - (before.node.end_lineno or 0) - 1
    near = before.cell is after.cell and behind <= 2
    if before.is_definition or after.is_definition:
        # Overloads stand close together where they were typed so.
        return max(behind, 0) if near and _is_stub(before.node) and after.is_definition else 2
    return 0 if near and behind <= 0 else 1


def _is_stub(node: ast.stmt) -> bool:
    return isinstance(node, Def) and isinstance(node.body[-1], ast.Expr) and len(node.body) == 1


def _body(statement: Statement, plan: Plan) -> list[Chunk]:
    if statement.at in plan.imports.within:
        return importing.lines(statement, plan.imports.within[statement.at])
    chunk = statement.chunk
    if statement.at in plan.literals:
        chunk = chunk._replace(lines=_called(statement, plan.literals[statement.at], plan.resource))
    if statement.at not in plan.decorators:
        return [chunk]
    above = first_line(statement.node) - statement.first
    comments = chunk._replace(lines=chunk.lines[:above])
    rest = chunk._replace(lines=chunk.lines[above:], start=chunk.start + above)
    return [*([comments] if above else []), Chunk((plan.decorators[statement.at],)), rest]


def _called(
    statement: Statement, literals: Mapping[ast.Constant, DataFile], function: str
) -> tuple[str, ...]:
    """Return the lines of a statement with calls around literals."""
    found = [line.encode() for line in statement.chunk.lines]
    own = statement.cell.known.lines[statement.node.lineno - 1].encode()
    # A statement behind another one on its line was cut out of that line.
    shift = statement.node.col_offset if own[: statement.node.col_offset].strip() else 0
    for node in sorted(literals, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        (line, begin), (last, end) = _spots(node, statement, shift)
        typed = b"\n".join([*found[line:last], found[last][:end]])[begin:]
        if posixpath.normpath(str(node.value)) != literals[node].name:
            typed = b'"%s"' % literals[node].name.encode() + b"\n" * (last - line)
        call = b"%s(%s)" % (function.encode(), typed)
        if str(node.value).endswith("/"):
            # A name may follow, as in `folder + "x.csv"`.
            call = b'(%s + "/")' % call
        changed = found[line][:begin] + call + found[last][end:]
        found[line : last + 1] = changed.split(b"\n")
    return tuple(line.decode() for line in found)


def _spots(node: ast.Constant, statement: Statement, shift: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return line and column of the beginning and the end of a literal, in the lines of its statement."""
    spots = [(node.lineno, node.col_offset), (node.end_lineno or node.lineno, node.end_col_offset or 0)]
    one, two = (
        (line - statement.first, column - (shift if line == statement.node.lineno else 0))
        for line, column in spots
    )
    return one, two
