"""Values as a person would write them in Python."""

from __future__ import annotations

from typing import Any


def spelled(value: Any) -> str:
    """Spell a value as a person would: strings in double quotes, whole numbers without a point."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(spelled, value)) + "]"
    return repr(int(value)) if isinstance(value, float) and value.is_integer() else repr(value)
