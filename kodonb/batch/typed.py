"""The form of what is declared, with the types that can be known before there is a kernel."""

from __future__ import annotations

import ast
import inspect
import typing
from collections.abc import Mapping
from inspect import Parameter
from typing import Any, Final

from kodonb.batch.declared import Asked, Declared
from kodonb.batch.namespace import MODULE
from kodonb.flows.form import Form, form_of

_VALUES: Final = {
    "builtins",
    "datetime",
    "decimal",
    "pathlib",
    "uuid",
    "fractions",
    "pydantic",
    "collections",
}
_UNKNOWN: Final = Parameter.empty


def form(asked: Asked, space: Mapping[str, Any], *, later: bool = False, partial: bool = False) -> Form:
    """Return the form of a function that has the declared parameters.

    Args:
        asked: What is declared.
        space: What names of types stand for.
        later: Whether the kernel checks the values again, as it does for flows: what is of an unknown type is taken
            as it is. Otherwise the type of its default is the best guess.
        partial: Whether parameters without default may be missing.
    """
    scope = dict(space)
    made = [_parameter(each, scope, later=later, partial=partial) for each in asked.declared]
    if asked.rest is not None:
        kind = _type(asked.rest.annotation, scope)
        made.append(Parameter(asked.rest.name, Parameter.VAR_KEYWORD, annotation=kind))

    def function() -> None: ...

    # Errors of a form say where its function is.
    function.__code__ = function.__code__.replace(co_filename=asked.where, co_firstlineno=asked.line)
    function.__signature__ = inspect.Signature(made)  # type: ignore[attr-defined]
    function.__name__ = asked.title
    helps = (f"    {each.name}: {each.help}" for each in asked.declared if each.help)
    function.__doc__ = "\n".join([asked.summary, "", "Args:", *helps])
    return form_of(function)


def _parameter(each: Declared, scope: dict[str, Any], *, later: bool, partial: bool) -> Parameter:
    kind = _type(each.annotation, scope)
    if kind is _UNKNOWN and later and (each.annotation or not each.default):
        kind = Any
    # What has to be computed is the kernel's: of such a default it is known only that there is one.
    default = _default(each.default, scope) if each.default else _LATER if partial else _UNKNOWN
    return Parameter(each.name, Parameter.KEYWORD_ONLY, annotation=kind, default=default)


class _Later:
    """Stands for a value that a cell will give."""


_LATER: Final = _Later()


def _type(source: str, scope: dict[str, Any]) -> Any:
    """Return the type that a text means, as far as it can be known."""

    def bearer() -> None: ...

    if not source:
        return _UNKNOWN
    try:
        bearer.__annotations__ = {"it": eval(source, scope)}  # noqa: S307 - a type of the user's own notebook
        return typing.get_type_hints(bearer, scope, include_extras=True)["it"]
    except Exception:  # noqa: BLE001 - whatever it is, the kernel will tell; here it is no type
        return _UNKNOWN


def _default(source: str, scope: dict[str, Any]) -> Any:
    """Return a default; `None` unless it can be had without running code of the notebook but constructors of types."""
    tree = ast.parse(source, mode="eval")
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and not _makes_values(_callee(node, scope)):
            return None
        if isinstance(node, ast.Await | ast.Lambda | ast.ListComp | ast.GeneratorExp):
            return None
    try:
        return eval(compile(tree, "<parameters>", "eval"), scope)  # noqa: S307 - a literal or such a call
    except Exception:  # noqa: BLE001 - as in `_type`
        return None


def _makes_values(called: Any) -> bool:
    """Whether a call is but the making of a value: of a class of the notebook, or of a type that is one."""
    return isinstance(called, type) and (
        called.__module__.partition(".")[0] in _VALUES or called.__module__ == MODULE
    )


def _callee(node: ast.Call, scope: dict[str, Any]) -> Any:
    try:
        return eval(ast.unparse(node.func), scope)  # noqa: S307 - a name or an attribute
    except Exception:  # noqa: BLE001 - as in `_type`
        return None
