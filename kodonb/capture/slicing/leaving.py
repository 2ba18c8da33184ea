"""What stays in the notebook and is worth telling."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from kodonb.capture.slicing.beside import PLACES
from kodonb.capture.slicing.magics import Magic
from kodonb.capture.slicing.paths import Paths
from kodonb.capture.slicing.records import Left
from kodonb.capture.slicing.refusals import shown
from kodonb.capture.slicing.statements import Cell, Statement
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.walk import Walk

_SHOWS: Final = frozenset({"display", "print", "pprint", "show"})
_BLOCKS: Final = (
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.If,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.Match,
    ast.Assert,
)
_INSTALLS: Final = re.compile(r"\s*[%!]*\s*(pip|conda|mamba|uv|apt|apt-get|env|set_env)\b")


def left(walk: Walk, timeline: Timeline, paths: Paths) -> tuple[Left, ...]:
    """Return what stays, in the notebook's order.

    Args:
        walk: What was taken.
        timeline: The notebook.
        paths: What statements say of files.
    """
    near = {statement.cell.number for statement in walk.statements}
    names = {name for each in walk.statements if not each.imports for name in walk.taken[each.at]}
    found: list[tuple[int, int, str]] = []
    for cell in timeline.cells:
        found += [(cell.number, line, what) for line, what in _of_cell(cell, near=cell.number in near)]
    changes = {statement.at: what for statement, what in _changes(walk)}
    for statement in timeline.statements:
        if statement.at in changes:
            found.append((statement.cell.number, statement.node.lineno, changes[statement.at]))
        elif statement.at not in walk.taken:
            about = statement.cell.number in near or bool(names & statement.needs.required)
            found += [(statement.cell.number, line, what) for line, what in _behind(statement, about=about)]
    for statement in walk.statements:
        remarks = [*paths.of(statement).remarks, *_places(statement)]
        found += [(statement.cell.number, line, what) for line, what in remarks]
    cells = timeline.cells
    return tuple(Left(cells[number].where(line), what) for number, line, what in sorted(set(found)))


def _of_cell(cell: Cell, *, near: bool) -> Iterator[tuple[int, str]]:
    for magic in cell.plain.magics:
        if _is_ours(magic) or not (near or _INSTALLS.match(magic.text)):
            continue
        kind = "shell" if magic.text.startswith("!") else "magic"
        yield magic.line, f"{kind} {shown(magic.text)}"
    if cell.plain.error is not None:
        yield cell.plain.error.lineno or 1, f"a cell that is not Python: {cell.plain.error.msg}"


def _is_ours(magic: Magic) -> bool:
    return re.match(r"%load_ext kodonb|%%(flow|time|prun)\b", magic.text) is not None


def _behind(statement: Statement, *, about: bool) -> Iterator[tuple[int, str]]:
    node = statement.node
    line = node.lineno
    if not about or line in statement.cell.plain.masked:
        return
    if isinstance(node, _BLOCKS):
        yield line, f"block {shown(ast.unparse(node))}"
    elif isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        yield line, f"{'display' if _shows(node, statement) else 'call'} {shown(ast.unparse(node))}"


def _shows(node: ast.Expr, statement: Statement) -> bool:
    """Whether an expression is there to be seen: a value, or a call that shows one or ends its cell."""
    if not isinstance(node.value, ast.Call) or node is statement.cell.known.tree.body[-1]:
        return True
    return getattr(node.value.func, "attr", getattr(node.value.func, "id", "")) in _SHOWS


def _places(statement: Statement) -> Iterator[tuple[int, str]]:
    for node in ast.walk(statement.node):
        if isinstance(node, ast.Name) and node.id in PLACES:
            yield node.lineno, f"`{node.id}` is another place in a service: files beside it do not come along"


def _changes(walk: Walk) -> Iterator[tuple[Statement, str]]:
    for change in walk.settings:
        node = change.statement.node
        plain = isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Delete)
        if plain and change.statement.at not in walk.taken:
            yield change.statement, f"setting of an imported module {shown(ast.unparse(node))}"
    for name, change in walk.tried:
        yield change.statement, f"call {shown(ast.unparse(change.node))}, which changes `{name}`"
