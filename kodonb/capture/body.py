"""Finds the flow in the body of a cell."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Final

from kodonb.capture.sources import place
from kodonb.model.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Iterable

_DEF: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def find_flow(body: str, name: str, *, label: str = "cell", offset: int = 0) -> str:
    """Return the name of the function in a cell's body that is the flow.

    The function called like the flow wins (``my-flow`` finds `my_flow`); else the one decorated with
    ``flow``; else the only one that is no step and that nothing else in the body mentions.

    Args:
        body: The cell without its magic line.
        name: Name of the flow.
        label: What the cell is called in messages.
        offset: Lines of the cell before the body.

    Raises:
        FlowError: There is no such function (KN201), there are several (KN202), or the body is not
            Python (KN203).
    """
    tree = _parsed(body, label, offset)
    functions = {node.name: node for node in tree.body if isinstance(node, _DEF)}
    for wanted in (name, name.replace("-", "_")):
        if wanted in functions:
            return wanted
    marked = [found for found in functions.values() if "flow" in decorators(found)]
    candidates = marked or [found for found in functions.values() if _may_be(found, tree)]
    if len(candidates) == 1:
        return candidates[0].name
    raise _several(candidates, label, offset) if candidates else _none(name, label, offset)


def decorators(found: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return the last part of each decorator's name: ``kb.step(retries=2)`` is ``step``."""
    bare = [node.func if isinstance(node, ast.Call) else node for node in found.decorator_list]
    return {node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "") for node in bare}


def _parsed(body: str, label: str, offset: int) -> ast.Module:
    try:
        return ast.parse(body)
    except SyntaxError as error:
        line = error.lineno or 1
        text = (error.text or "").rstrip("\n")
        caret = " " * (max(error.offset or 1, 1) - 1) + "^"
        raise FlowError(
            f"syntax error: {error.msg}\n    {text}\n    {caret}",
            code="KN203",
            where=place(label, line + offset),
            remedy="correct the line and run the cell again",
        ) from None


def _may_be(found: ast.FunctionDef | ast.AsyncFunctionDef, tree: ast.Module) -> bool:
    if "step" in decorators(found):
        return False
    others = [node for node in tree.body if getattr(node, "name", None) != found.name]
    return not any(found.name in _mentions(node) for node in others)


def _mentions(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _none(name: str, label: str, offset: int) -> FlowError:
    return FlowError(
        "the cell defines no flow",
        code="KN201",
        where=place(label, offset or 1),
        remedy=f"write a function `def {name.replace('-', '_')}(...)` in it",
    )


def _several(
    candidates: Iterable[ast.FunctionDef | ast.AsyncFunctionDef], label: str, offset: int
) -> FlowError:
    found = list(candidates)
    listed = ", ".join(f"`{node.name}` (line {node.lineno + offset})" for node in found)
    return FlowError(
        f"the cell defines several functions that may be the flow: {listed}",
        code="KN202",
        where=place(label, found[0].lineno + offset),
        remedy="name the flow like one of them, or decorate one with `flow` and the others with `step`",
    )
