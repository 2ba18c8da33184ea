"""Tells secrets apart: they must not become part of code, which is kept."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING, Any

from kodonb.capture.evaluate import evaluate
from kodonb.capture.values import NotPlainError

if TYPE_CHECKING:
    from collections.abc import Mapping


def secret_types() -> tuple[type, ...]:
    """Return pydantic's types of secrets; where pydantic was never loaded, there are none."""
    types = sys.modules.get("pydantic.types")
    return (types.SecretStr, types.SecretBytes, types.Secret) if types is not None else ()


def makes_secret(node: ast.AST, home: Mapping[str, Any]) -> bool:
    """Whether an expression makes a secret of what its text says."""
    return any(isinstance(part, ast.Call) and _is_secret_type(part.func, home) for part in ast.walk(node))


def _is_secret_type(function: ast.expr, home: Mapping[str, Any]) -> bool:
    while isinstance(function, ast.Subscript):
        function = function.value
    try:
        found = evaluate(function, home)
    except NotPlainError:
        return False
    kind = getattr(found, "__origin__", found)  # of `Pin = Secret[int]`
    return isinstance(kind, type) and issubclass(kind, secret_types())
