"""What an expression reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kodonb.kumeo.expressions import nodes
from kodonb.kumeo.expressions.nodes import Expression


def inside(node: Expression) -> Iterator[Expression]:
    """Yield an expression and all that it is made of."""
    yield node
    for part in _parts(node):
        yield from inside(part)


def depth(node: Expression) -> int:
    """Return how many levels an expression has; without recursion, as they may be too many for it."""
    level, levels = [node], 0
    while level:
        levels += 1
        level = [part for each in level for part in _parts(each)]
    return levels


def _parts(node: Expression) -> tuple[Any, ...]:
    found: list[Any] = []
    for name in node.__struct_fields__:
        value = getattr(node, name)
        found += value if isinstance(value, tuple) else [value]
    return tuple(each for each in found if isinstance(each, nodes.Node))


def paths(node: Expression, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """Yield the fields that an expression reads, with dots; not the variables of its loops."""
    path = _path(node)
    if path is not None:
        if path.partition(".")[0] not in bound:
            yield path
        return
    if isinstance(node, nodes.Each):
        yield from paths(node.over, bound)
        yield from paths(node.body, bound | {node.name})
        return
    for part in _parts(node):
        yield from paths(part, bound)


def _path(node: Expression) -> str | None:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Member):
        of = _path(node.of)
        return None if of is None else f"{of}.{node.name}"
    return None
