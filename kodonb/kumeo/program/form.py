"""The program as JSON, and the schema of that."""

from __future__ import annotations

from typing import Any

import msgspec

from kodonb.kumeo.program.records import VERSION, Program


def encode(program: Program) -> bytes:
    """Return a program as JSON."""
    return msgspec.json.encode(program)


def decode(text: bytes | str) -> Program:
    """Return the program that JSON says.

    Raises:
        msgspec.ValidationError: It says none, or one of another version.
    """
    found = msgspec.json.decode(text, type=Program)
    if found.version != VERSION:
        raise msgspec.ValidationError(f"this is version {found.version} of the form, not {VERSION}")
    return found


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the form."""
    made = msgspec.json.schema(Program)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:kodonb:kumeo:program:{VERSION}",
        "title": "A checked Kumeo program",
        **made,
    }
