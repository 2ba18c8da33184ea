"""The plain function inside what users bind: steps, flows, cached functions, methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import cast


def function_of(value: object) -> FunctionType | None:
    """Return the function that `__wrapped__` leads to, or `None` if there is none."""
    if isinstance(value, type):
        return None
    try:
        inner = inspect.unwrap(cast("Callable[..., object]", value))
    except Exception:  # noqa: BLE001 - objects of users may answer any attribute with any error
        return None
    return inner if isinstance(inner, FunctionType) else None


def wraps(value: object) -> bool:
    """Whether an object says that it was put around a function."""
    return "__wrapped__" in getattr(value, "__dict__", {}) or hasattr(type(value), "__wrapped__")


def methods_of(kind: type) -> dict[str, FunctionType]:
    """Return the functions that the body of a class defined, by name."""
    found = {}
    for name, member in list(vars(kind).items()):
        inner = member.fget if isinstance(member, property) else member
        function = function_of(inner)
        if function is not None and function.__qualname__.startswith(f"{kind.__qualname__}."):
            found[name] = function
    return found
