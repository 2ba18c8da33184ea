"""Reading payloads: flows may emit anything, so nothing here trusts a shape or a size."""

from __future__ import annotations

import math
from typing import Any, Final

MAX_NAME: Final = 200
"""Longest name, id or title that a view holds, in characters."""

MAX_TEXT: Final = 20_000
"""Longest text (a traceback, a message) that a view holds, in characters."""

MAX_WEIGHT: Final = 128 * 1024
"""Largest JSON value that a view holds, in characters of its strings and keys plus its nodes."""

_CUT: Final = {"repr": "(too large to be shown here)"}


def mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object as it is, anything else as an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: Any, limit: int = MAX_TEXT) -> str:
    """Return a string cut at `limit`; other scalars as text, everything else as nothing."""
    if isinstance(value, str):
        return value if len(value) <= limit else value[: limit - 1] + "…"
    return "" if value is None or isinstance(value, dict | list) else str(value)[:limit]


def name(value: Any) -> str:
    """Return a short text such as a name, an id or a title."""
    return text(value, MAX_NAME)


def names(value: Any, limit: int) -> tuple[str, ...]:
    """Return the texts of a JSON array, at most `limit` of them."""
    return tuple(item for item in value[:limit] if isinstance(item, str)) if isinstance(value, list) else ()


def number(value: Any) -> float | None:
    """Return a finite number, or nothing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def whole(value: Any, default: int) -> int:
    """Return a whole number that is not negative."""
    found = number(value)
    return default if found is None or found < 0 else int(found)


def bounded(value: Any) -> Any:
    """Return a JSON value, or a note in its place if it is too large to be held."""
    return value if fits(value, MAX_WEIGHT) else _CUT


def fits(value: Any, limit: int) -> bool:
    """Whether a JSON value weighs at most `limit`; looks no further than the limit."""
    left, open_values = limit, [value]
    while open_values:
        item = open_values.pop()
        left -= 1 + (len(item) if isinstance(item, str | list | dict) else 0)
        if left < 0:
            return False
        if isinstance(item, dict):
            open_values.extend(item.keys())
            open_values.extend(item.values())
        elif isinstance(item, list):
            open_values.extend(item)
    return True
