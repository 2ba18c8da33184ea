"""Print the JSON Schema of what kernel and front end say to each other; the front end's types come from it."""

from __future__ import annotations

import json
import sys
from inspect import cleandoc
from typing import Any

import msgspec

from kodonb.widgets.messages import Contract


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


if __name__ == "__main__":
    json.dump(cleaned(msgspec.json.schema(Contract)), sys.stdout, indent=2, sort_keys=True)
    print()
