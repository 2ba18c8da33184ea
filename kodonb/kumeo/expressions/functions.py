"""The functions of expressions. None of them raises anything: what has no meaning is null or false."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from kodonb.kumeo.expressions.patterns import matches
from kodonb.kumeo.expressions.semantics import is_list


def length(value: Any) -> int | None:
    """Return how many letters, elements or fields there are."""
    return len(value) if isinstance(value, str | Mapping) or is_list(value) else None


def lower(value: Any) -> str | None:
    """Return a text in small letters."""
    return value.lower() if isinstance(value, str) else None


def upper(value: Any) -> str | None:
    """Return a text in capital letters."""
    return value.upper() if isinstance(value, str) else None


def is_valid_json(value: Any) -> bool:
    """Whether a text is JSON; what has been read from JSON already, such as an object, is."""
    if not isinstance(value, str):
        return value is not None
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return True


def every(value: Any) -> bool:
    """Whether all elements of a list hold."""
    return is_list(value) and all(value)


def some(value: Any) -> bool:
    """Whether an element of a list holds."""
    return is_list(value) and any(value)


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "len": length,
    "lower": lower,
    "upper": upper,
    "matches": matches,
    "is_valid_json": is_valid_json,
    "all": every,
    "any": some,
}
"""Name -> function."""
