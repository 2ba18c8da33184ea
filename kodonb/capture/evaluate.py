"""Evaluates what was typed, as far as that runs no code of the user, to compare it with what is bound."""

from __future__ import annotations

import ast
import builtins
import enum
import operator
import pathlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

from kodonb.capture.values import LITERAL, MODULES, NotPlainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_COMPARABLE = frozenset({*LITERAL, *MODULES, int, float, complex})
_MAKERS = {
    *MODULES, range, slice, frozenset, set, dict, list, tuple, int, float, complex, str, bool, bytes,
    pathlib.Path, pathlib.PurePath, pathlib.PurePosixPath, pathlib.PureWindowsPath, type(pathlib.Path()),
}  # fmt: skip
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.BitOr: operator.or_,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}


def evaluate(node: ast.expr, home: Mapping[str, Any]) -> Any:
    """Evaluate an expression of constants, names, arithmetic and plain types; runs no code of the user.

    Raises:
        NotPlainError: The expression holds anything else, or fails.
    """
    try:
        return _evaluate(node, home)
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise NotPlainError from error


def same(one: object, other: object) -> bool:
    """Whether two values are equal, with equal types all the way down."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return _all_same([*one, *one.values()], [*other, *other.values()])
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return _all_same(one, other)
    if isinstance(one, set | frozenset) and isinstance(other, set | frozenset):
        return one == other and sorted(map(repr, one)) == sorted(map(repr, other))
    known = isinstance(one, pathlib.PurePath) or type(one) in _COMPARABLE
    return known and repr(one) == repr(other)


def _all_same(ones: Any, others: Any) -> bool:
    return len(ones) == len(others) and all(map(same, ones, others))


def _evaluate(node: ast.expr, home: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one line for each kind
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return home[name] if name in home else getattr(builtins, name)
        case ast.List() | ast.Tuple() | ast.Set():
            kind = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
            return kind([_evaluate(item, home) for item in node.elts])
        case ast.Dict():
            return {_key(k, home): _evaluate(v, home) for k, v in zip(node.keys, node.values, strict=True)}
        case ast.UnaryOp(op=op, operand=operand):
            return _UNARY[type(op)](_simple(_evaluate(operand, home)))
        case ast.BinOp(left=left, op=op, right=right):
            return _BINARY[type(op)](_simple(_evaluate(left, home)), _simple(_evaluate(right, home)))
        case ast.Attribute():
            return _attribute(node, home)
        case ast.Call():
            return _call(node, home)
    raise NotPlainError


def _key(node: ast.expr | None, home: Mapping[str, Any]) -> Any:
    return _evaluate(node, home) if node is not None else _fail()


def _attribute(node: ast.Attribute, home: Mapping[str, Any]) -> Any:
    owner = _evaluate(node.value, home)
    if isinstance(owner, ModuleType | enum.EnumMeta):
        return vars(owner)[node.attr] if isinstance(owner, ModuleType) else owner[node.attr]
    if owner in _MAKERS:
        return getattr(owner, node.attr)
    raise NotPlainError


def _call(node: ast.Call, home: Mapping[str, Any]) -> Any:
    maker = _evaluate(node.func, home)
    if not isinstance(maker, type) or maker not in _MAKERS:
        raise NotPlainError
    named = {word.arg or _fail(): _evaluate(word.value, home) for word in node.keywords}
    return maker(*[_evaluate(argument, home) for argument in node.args], **named)


def _simple(value: Any) -> Any:
    known = type(value) in _COMPARABLE or isinstance(value, list | tuple | pathlib.PurePath | enum.Flag)
    return value if known else _fail()


def _fail() -> Any:
    raise NotPlainError
