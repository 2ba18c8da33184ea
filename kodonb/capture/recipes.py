"""Objects that are made again from the line that made them: patterns, loggers, type aliases, partials."""

from __future__ import annotations

import ast
import builtins
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kodonb.capture.definitions import Found

_TYPES = frozenset({
    "re.Pattern", "string.Template", "struct.Struct", "contextvars.ContextVar", "_contextvars.ContextVar",
    "logging.Logger", "logging.RootLogger", "logging.LoggerAdapter",
    "functools.partial", "operator.attrgetter", "operator.itemgetter", "operator.methodcaller",
    "typing.TypeVar", "typing.ParamSpec", "typing.TypeVarTuple", "typing.NewType", "typing.TypeAliasType",
    "typing_extensions.TypeVar", "typing_extensions.TypeAliasType",
    "typing.Union", "typing._GenericAlias", "typing._UnionGenericAlias", "typing._AnnotatedAlias",
    "typing._LiteralGenericAlias", "typing._CallableGenericAlias", "typing._UnpackGenericAlias",
    "types.GenericAlias", "types.UnionType",
    "pydantic.type_adapter.TypeAdapter", "pydantic.fields.FieldInfo",
})  # fmt: skip
_PARTS = (
    ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.Subscript, ast.Tuple, ast.List, ast.Dict, ast.Set,
    ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.keyword, ast.Starred, ast.Slice, ast.expr_context,
    ast.JoinedStr, ast.FormattedValue, ast.Lambda, ast.arguments, ast.arg,
)  # fmt: skip


def is_recipe(value: object) -> bool:
    """Whether an object is of a type that its assignment makes again, with no state beside."""
    kind = type(value)
    # A class without a `class` statement was made by a call: namedtuple, create_model, Enum("Name", ...).
    return f"{kind.__module__}.{kind.__qualname__}" in _TYPES or isinstance(value, type)


def assigned(found: Found | None, name: str) -> ast.expr | None:
    """Return the right-hand side if a statement does nothing but assign one name."""
    statement = found.statement if found is not None else None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target: ast.AST = statement.targets[0]
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target = statement.target
    else:
        return None
    return statement.value if isinstance(target, ast.Name) and target.id == name else None


def replayable(node: ast.AST, home: Mapping[str, Any]) -> bool:
    """Whether an expression calls only what was imported, so that running it again is harmless."""
    nodes = list(ast.walk(node))
    if not all(isinstance(part, _PARTS) for part in nodes):
        return False
    return all(_imported(part.func, home) for part in nodes if isinstance(part, ast.Call))


def _imported(function: ast.expr, home: Mapping[str, Any]) -> bool:
    while isinstance(function, ast.Attribute | ast.Subscript):
        function = function.value
    if not isinstance(function, ast.Name):
        return False
    value = home.get(function.id, getattr(builtins, function.id, None))
    if isinstance(value, ModuleType):
        return True
    origin = getattr(value, "__module__", None)
    called = isinstance(value, type | FunctionType | BuiltinFunctionType)
    return called and origin not in (home.get("__name__"), "__main__", None)
