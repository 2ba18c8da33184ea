"""From an expression to a function of Python's that evaluates it: tens of nanoseconds for each part.

What is compiled takes the fields as a mapping, looks up nothing but keys and positions, and calls nothing but the
functions of `functions`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kodonb.kumeo.expressions import nodes, semantics
from kodonb.kumeo.expressions.budget import BUDGET, spending, weighed
from kodonb.kumeo.expressions.functions import FUNCTIONS
from kodonb.kumeo.expressions.nodes import Expression

Fields = Mapping[Any, Any]
Run = Callable[[Fields], Any]
Below = Callable[[Expression], Run]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": semantics.equal,
    "!=": semantics.unequal,
    "in": semantics.contains,
    "not in": semantics.lacks,
}
_ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": semantics.add,
    "-": semantics.subtract,
    "*": semantics.multiply,
    "/": semantics.divide,
    "%": semantics.remainder,
}


def compiled(node: Expression, *, looped: bool = False) -> Run:
    """Return a function that evaluates an expression.

    Args:
        node: The expression.
        looped: Whether it is evaluated in a loop, so that what it does counts.
    """
    return _MAKERS[type(node)](node, lambda part: compiled(part, looped=looped), looped)


def _one(function: Callable[[Any], Any], part: Run) -> Run:
    return lambda fields: function(part(fields))


def _two(function: Callable[[Any, Any], Any], left: Run, right: Run) -> Run:
    return lambda fields: function(left(fields), right(fields))


def _constant(value: Any) -> Run:
    return lambda _: value


def _field(name: str) -> Run:
    return lambda fields: fields.get(name)


def _member(of: Run, name: str) -> Run:
    def run(fields: Fields) -> Any:
        value = of(fields)
        return value.get(name) if type(value) is dict else semantics.member(value, name)

    return run


def _comparison(node: nodes.Compare, below: Below, *, looped: bool) -> Run:
    if node.sign not in _ORDER:
        known = _texts(node)
        if known:
            return _among(below(node.left), known)
        right = below(node.right)
        return _two(_COMPARE[node.sign], below(node.left), weighed(right) if looped else right)
    left = below(node.left)
    if isinstance(node.right, nodes.Constant) and semantics.is_number(node.right.value):
        return _against(_ORDER[node.sign], left, node.right.value)
    return _two(_sign(node.sign), left, below(node.right))


def _sign(sign: nodes.Comparison) -> Callable[[Any, Any], bool]:
    if sign not in _ORDER:
        return _COMPARE[sign]
    order = _ORDER[sign]
    return lambda left, right: semantics.ordered(left, right) and order(left, right)


def _chain(signs: list[Callable[[Any, Any], bool]], operands: list[Run]) -> Run:
    def run(fields: Fields) -> bool:
        left = operands[0](fields)
        for sign, operand in zip(signs, operands[1:], strict=True):
            right = operand(fields)
            if not sign(left, right):
                return False
            left = right
        return True

    return run


def _against(sign: Callable[[Any, Any], bool], left: Run, limit: Any) -> Run:
    """Compare with a number that is known: by far the most frequent condition."""

    def run(fields: Fields) -> bool:
        value = left(fields)
        return (
            isinstance(value, int | float) and value is not True and value is not False and sign(value, limit)
        )

    return run


def _texts(node: nodes.Compare) -> frozenset[str]:
    """Return the texts that ``x == 'a'`` and ``x in ['a', 'b']`` compare with; nothing for other comparisons."""
    items: tuple[Expression, ...] = ()
    if node.sign == "==":
        items = (node.right,)
    elif node.sign == "in" and isinstance(node.right, nodes.Items):
        items = node.right.items
    known = [each.value for each in items if isinstance(each, nodes.Constant) and isinstance(each.value, str)]
    return frozenset(known) if len(known) == len(items) else frozenset()


def _among(left: Run, known: frozenset[str]) -> Run:
    def run(fields: Fields) -> bool:
        value = left(fields)
        return isinstance(value, str) and value in known

    return run


def _items(parts: list[Run]) -> Run:
    return lambda fields: [part(fields) for part in parts]


def _all(parts: list[Run]) -> Run:
    def run(fields: Fields) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would take twice as long
            if not part(fields):
                return False
        return True

    return run


def _any(parts: list[Run]) -> Run:
    def run(fields: Fields) -> bool:
        for part in parts:  # noqa: SIM110 - as above
            if part(fields):
                return True
        return False

    return run


def _first(parts: list[Run]) -> Run:
    def run(fields: Fields) -> Any:
        for part in parts:
            value = part(fields)
            if value is not None:
                return value
        return None

    return run


def _applied(function: Callable[..., Any], parts: list[Run], *, looped: bool) -> Run:
    run = _one(function, *parts) if len(parts) == 1 else _two(function, *parts)
    return spending(run) if looped else run


def _each(node: nodes.Each, over: Run) -> Run:
    body, name = compiled(node.body, looped=True), node.name
    stops = node.function == "any"

    def run(fields: Fields) -> bool:
        values = over(fields)
        if not isinstance(values, Mapping) and not semantics.is_list(values):
            return False
        inner = dict(fields)
        budget = inner[BUDGET]
        for value in values:
            budget.spend(1)
            inner[name] = value
            if bool(body(inner)) is stops:
                return stops
        return not stops

    return run


def _list(parts: Iterable[Expression], below: Below) -> list[Run]:
    return [below(part) for part in parts]


_MAKERS: Final[dict[type, Callable[[Any, Below, bool], Run]]] = {
    nodes.Constant: lambda node, *_: _constant(node.value),
    nodes.Name: lambda node, *_: _field(node.name),
    nodes.Member: lambda node, below, _: _member(below(node.of), node.name),
    nodes.Index: lambda node, below, _: _two(semantics.item, below(node.of), below(node.at)),
    nodes.Compare: lambda node, below, looped: _comparison(node, below, looped=looped),
    nodes.Chain: lambda node, below, looped: _chain(
        [_sign(sign) for sign in node.signs],
        [weighed(each) if looped else each for each in _list(node.operands, below)],
    ),
    nodes.Arithmetic: lambda node, below, looped: _applied(
        _ARITHMETIC[node.sign], _list((node.left, node.right), below), looped=looped
    ),
    nodes.Minus: lambda node, below, _: _one(semantics.negative, below(node.of)),
    nodes.Not: lambda node, below, _: _one(operator.not_, below(node.of)),
    nodes.Items: lambda node, below, _: _items(_list(node.items, below)),
    nodes.And: lambda node, below, _: _all(_list(node.items, below)),
    nodes.Or: lambda node, below, _: _any(_list(node.items, below)),
    nodes.First: lambda node, below, _: _first(_list(node.items, below)),
    nodes.Apply: lambda node, below, looped: _applied(
        FUNCTIONS[node.function], _list(node.arguments, below), looped=looped
    ),
    nodes.Each: lambda node, below, _: _each(node, below(node.over)),
}
