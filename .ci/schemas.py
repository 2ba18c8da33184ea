"""JSON Schemas that are kept in files."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any


def cleaned(value: Any) -> Any:
    """Return a schema whose descriptions look the same for all versions of Python: older ones keep the indent."""
    if isinstance(value, list):
        return [cleaned(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: cleandoc(item) if key == "description" and isinstance(item, str) else cleaned(item)
        for key, item in value.items()
    }
