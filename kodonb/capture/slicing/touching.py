"""Which objects code changes, told from its text: by assignment to parts of them, by methods, by handing them over."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from kodonb.capture.slicing.binding import now, stores
from kodonb.capture.slicing.tables import CHANGING

_PARTS: Final = frozenset(
    {"__getitem__", "get", "items", "pop", "popitem", "popleft", "setdefault", "values"}
)
"""Methods that return what an object holds; what others return is taken to be new."""
_SEQUENCES: Final = frozenset({"enumerate", "iter", "list", "reversed", "sorted", "tuple", "zip"})

COLLECTIONS: Final = (ast.List, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)
"""What ``+=`` adds to an object without making another one."""


class Spot(NamedTuple):
    """A part of an object.

    Attributes:
        name: The name through which code reaches the object.
        depth: How many steps it goes into it: 0 for the object itself, 1 for ``a.b`` and ``a["b"]``.
        call: The call that returns the object, if it has no name.
    """

    name: str
    depth: int = 0
    call: ast.Call | None = None

    def deeper(self, depth: int) -> Spot:
        """Return a part of this part."""
        return self._replace(depth=self.depth + depth)


class Touch(NamedTuple):
    """Something that code does to an object.

    Attributes:
        spot: What it is done to.
        node: What it does.
        method: The method that is called; empty if part of the object is assigned.
    """

    spot: Spot
    node: ast.AST
    method: str = ""


class Handed(NamedTuple):
    """A call with the objects that it is handed.

    Attributes:
        node: The call, or the decorator.
        function: What is called.
        arguments: Objects by their position, or by the name of the parameter.
    """

    node: ast.AST
    function: ast.expr
    arguments: Mapping[int | str, Spot]


Aliases = Mapping[str, frozenset[Spot]]
"""Names with the objects that they stand for, are part of (above 0), or hold (below 0)."""


def spot(node: ast.AST | None) -> Spot | None:
    """Return what an expression such as ``config["a"].b`` reaches."""
    depth = 0
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute | ast.Subscript):
            node, depth = node.value, depth + 1
        elif isinstance(node, ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _PARTS:
            node, depth = node.func.value, depth + 1
        else:
            return Spot("", depth, node) if isinstance(node, ast.Call) else None
    return Spot(node.id, depth)


def executed(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all that is executed with it: of functions that it defines only decorators and defaults."""
    yield node
    for part in now(node):
        yield from executed(part)


def everything(function: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, functions within it included."""
    body = getattr(function, "body", [])
    for part in body if isinstance(body, list) else [body]:
        yield from ast.walk(part)


def touches(nodes: Iterable[ast.AST]) -> Iterator[Touch]:
    """Yield what nodes do to objects."""
    for node in nodes:
        owner, method = None, ""
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            owner = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = node.func.value, node.func.attr
        elif isinstance(node, ast.AugAssign) and isinstance(node.value, COLLECTIONS):
            owner = node.target
        if (found := spot(owner)) is not None:
            yield Touch(found, node, method)
        for part in _methods(node):
            if (found := spot(part.value)) is not None:
                yield Touch(found, part)


def _methods(node: ast.AST) -> Iterator[ast.Attribute]:
    """Yield methods that change their object and are handed over, as in ``map(found.append, rows)``."""
    given = [*node.args, *(word.value for word in node.keywords)] if isinstance(node, ast.Call) else []
    yield from (part for part in given if isinstance(part, ast.Attribute) and part.attr in CHANGING)


def handed(nodes: Iterable[ast.AST]) -> Iterator[Handed]:
    """Yield calls, decorators among them, with what they are handed."""
    for node in nodes:
        if isinstance(node, ast.Call):
            given: list[tuple[int | str, ast.expr]] = [*enumerate(node.args)]
            given += [(word.arg or "", word.value) for word in node.keywords]
            spots = {place: found for place, value in given if (found := spot(value)) is not None}
            yield Handed(node, node.func, spots)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for mark in node.decorator_list:
                function = mark.func if isinstance(mark, ast.Call) else mark
                yield Handed(mark, function, {0: Spot(node.name)})


def aliases(nodes: Iterable[ast.AST]) -> Aliases:
    """Return what names stand for objects that have names already, or for parts of them."""
    found: dict[str, set[Spot]] = defaultdict(set)
    for node in nodes:
        for target, value, deeper in _bindings(node):
            for name in stores(target):
                found[name] |= {source.deeper(deeper) for source in sources(value)}
        if isinstance(node, ast.Assign):
            same = {target.id for target in node.targets if isinstance(target, ast.Name)}
            for name in same:
                found[name] |= {Spot(other) for other in same - {name}}
    return {name: frozenset(spots) for name, spots in found.items() if spots}


def stored(nodes: Iterable[ast.AST]) -> Iterator[tuple[Spot, Spot]]:
    """Yield objects that code puts something into, with what they hold then (see `Aliases`)."""
    for node in nodes:
        into: ast.AST | None = None
        values: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript | ast.Attribute):
                    into, values = target.value, [node.value]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING
        ):
            into, values = node.func.value, node.args
        if (holder := spot(into)) is not None:
            held = [found for value in values for found in sources(value)]
            yield from ((holder, found.deeper(-holder.depth - 1)) for found in held)


def _bindings(node: ast.AST) -> Iterator[tuple[ast.AST | None, ast.AST | None, int]]:
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((target, value, int(isinstance(target, ast.Tuple | ast.List))) for target in targets)
        case ast.AnnAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value, 0
        case ast.For(target=target, iter=value) | ast.AsyncFor(target=target, iter=value):
            yield target, value, 1
        case ast.comprehension(target=target, iter=value):
            yield target, value, 1
        case ast.withitem(optional_vars=target, context_expr=value):
            yield target, value, 0


def sources(node: ast.AST | None) -> Iterator[Spot]:
    """Yield objects that a value is, is part of, or holds."""
    match node:
        case ast.IfExp(body=one, orelse=other):
            yield from (*sources(one), *sources(other))
        case ast.BoolOp(values=parts):
            yield from (found for part in parts for found in sources(part))
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            yield from (found.deeper(-1) for part in parts for found in sources(part))
        case ast.Call(func=ast.Name(id=name), args=parts) if name in _SEQUENCES:
            yield from (found for part in parts for found in sources(part))
        case _:
            found = spot(node)
            if found is not None:
                yield found
