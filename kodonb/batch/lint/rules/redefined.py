"""KN113: definitions that a later cell replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Cell, Sheet

_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9_]+")
_LITERAL: Final = (
    ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator,
    ast.expr_context,
)  # fmt: skip
_PARAMETERS: Final = frozenset({"parameters", "injected-parameters"})


class _Definition(NamedTuple):
    cell: int
    body: str
    line: int
    column: int


def redefined(sheet: Sheet) -> Iterator[Finding]:
    """Yield functions, classes, flows and constants that an earlier cell defines in another way."""
    known: dict[str, _Definition] = {}
    for cell in sheet.cells:
        if cell.excused or cell.tags & _PARAMETERS:
            continue
        reads = _reads_before(cell)
        for name, found in _definitions(cell).items():
            before = known.get(name)
            known[name] = found
            if before is not None and before.body != found.body and name not in reads:
                yield _finding(cell, name, before, found)


def _finding(cell: Cell, name: str, before: _Definition, found: _Definition) -> Finding:
    return cell.finding(
        "KN113",
        f"`{name}` is defined here, and otherwise in cell {before.cell}",
        "delete one of the definitions, or give one another name",
        found.line,
        found.column,
    )


def _reads_before(cell: Cell) -> set[str]:
    """Return the names that a cell reads before it binds them, as in ``Model = traced(Model)``."""
    bound: set[str] = set()
    reads: set[str] = set()
    for use in cell.code.names.now:
        if use.kind == "bind":
            bound.add(use.name)
        elif use.kind == "read" and use.name not in bound:
            reads.add(use.name)
    return reads


def _definitions(cell: Cell) -> dict[str, _Definition]:
    found = {
        name: _Definition(cell.number, ast.dump(body), statement.lineno, statement.col_offset + 1)
        for statement in cell.code.tree.body
        for name, body in _defined(statement)
        if name != "_"
    }
    head = cell.code.head
    if head is not None and head.name == "flow":
        for name in head.binds - found.keys():
            found[name] = _Definition(cell.number, ast.dump(cell.code.tree), head.line, 1)
    return found


def _defined(statement: ast.stmt) -> Iterator[tuple[str, ast.AST]]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name, statement
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            if _is_constant(name, value):
                yield name, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            if _is_constant(name, value):
                yield name, value


def _is_constant(name: str, value: ast.expr) -> bool:
    literal = all(isinstance(part, _LITERAL) for part in ast.walk(value))
    return literal and _CONSTANT.fullmatch(name) is not None
