"""Print the JSON Schema of what kernel and front end say to each other; the front end's types come from it."""

from __future__ import annotations

import json
import sys

import msgspec
from schemas import cleaned

from kodonb.widgets.messages import Contract

if __name__ == "__main__":
    json.dump(cleaned(msgspec.json.schema(Contract)), sys.stdout, indent=2, sort_keys=True)
    print()
