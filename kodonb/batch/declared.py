"""What a notebook declares as parameters, read as text: nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from kodonb.batch.cells import Cell, names, statements
from kodonb.flows.form import described

Function = ast.FunctionDef | ast.AsyncFunctionDef

_COMMENT: Final = re.compile(r"#\s*(?:type:\s*(?P<type>[^#]+?)\s*(?:#\s*|\s{2,}|$))?(?P<help>.*)$")


class Declared(NamedTuple):
    """A parameter.

    Attributes:
        name: Its name.
        annotation: Source of its type; empty if there is none.
        default: Source of its default; empty if it has none.
        help: What is said of it.
    """

    name: str
    annotation: str
    default: str = ""
    help: str = ""


class Asked(NamedTuple):
    """What is asked for.

    Attributes:
        title: Name of what asks.
        summary: What it does.
        where: Its cell.
        line: Line of the cell, from 1.
        declared: The parameters, in their order.
        rest: What is said of further parameters; `None` if there may be none.
    """

    title: str
    summary: str
    where: str
    line: int
    declared: tuple[Declared, ...]
    rest: Declared | None = None

    @property
    def names(self) -> frozenset[str]:
        """Names that its types and defaults are made of."""
        every = [*self.declared, *([self.rest] if self.rest else [])]
        texts = [text for each in every for text in (each.annotation, each.default) if text]
        return frozenset(name for text in texts for name in names(ast.parse(text)))


def of_cell(cell: Cell, title: str, where: str) -> Asked:
    """Return what the variables of a cell declare."""
    return Asked(title, "Parameters of the notebook.", where, 1, tuple(_variables(cell)))


def of_function(function: Function, title: str, where: str) -> Asked:
    """Return what the arguments of a flow's function declare."""
    summary, helps = described(ast.get_docstring(function) or "")
    arguments = function.args
    by_place = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(by_place) - len(arguments.defaults))
    defaults = [*missing, *arguments.defaults, *arguments.kw_defaults]
    every = zip([*by_place, *arguments.kwonlyargs], defaults, strict=True)
    declared = tuple(
        Declared(each.arg, _source(each.annotation), _source(default), helps.get(each.arg, ""))
        for each, default in every
    )
    further = arguments.kwarg
    rest = None if further is None else Declared(further.arg, _source(further.annotation))
    return Asked(title, summary, where, function.lineno, declared, rest)


def _source(node: ast.expr | None) -> str:
    return "" if node is None else ast.unparse(node)


def _variables(cell: Cell) -> Iterator[Declared]:
    lines = cell.source.splitlines()
    found: dict[str, Declared] = {}
    for node in statements(cell):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name)):
                annotation, value = ast.unparse(node.annotation), node.value
            case ast.Assign(targets=[ast.Name(id=name)]):
                annotation, value = "", node.value
            case _:
                continue
        if name.startswith("_"):
            continue
        comment = _COMMENT.search(_after(lines[(node.end_lineno or 1) - 1], node.end_col_offset or 0))
        told = (comment["type"] or "") if comment else ""
        told = "" if told.startswith("ignore") else told
        found[name] = Declared(
            name,
            annotation or (told if _is_expression(told) else ""),
            _source(value),
            comment["help"].strip() if comment else "",
        )
    yield from found.values()


def _after(line: str, column: int) -> str:
    """Return what stands behind a column, which counts bytes."""
    return line.encode()[column:].decode(errors="replace")


def _is_expression(text: str) -> bool:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        return False
    return True
