"""Values that code spells out, with the names it gives them."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def spelled(node: ast.AST) -> Iterator[tuple[str, ast.Constant]]:
    """Yield the literals that a node itself gives to variables, arguments and keys, with these names."""
    for target, value in _pairs(node):
        if isinstance(value, ast.Constant):
            yield _name(target), value


def _pairs(node: ast.AST) -> Iterator[tuple[ast.AST | str | None, ast.AST | None]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value) for target in targets)
        case ast.AnnAssign(target=target, value=value):
            yield target, value
        case ast.keyword(arg=name, value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            yield from zip(keys, values, strict=True)


def _name(target: ast.AST | str | None) -> str:
    match target:
        case str(name) | ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
