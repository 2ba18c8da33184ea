"""Finding one's way in a JSON Schema: references, choices, and the parts that parts of a value have."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import Any


def variants(field: dict[str, Any], defs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schemas of a field: itself, or what it refers to or chooses from."""
    found = below(field, defs)
    if not found:
        yield field
    for schema in found:
        yield from variants(schema, defs)


def below(field: dict[str, Any], defs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas that a field refers to or chooses from directly."""
    found = [*field.get("anyOf", ()), *field.get("oneOf", ()), *field.get("allOf", ())]
    if "$ref" in field:
        found.append(defs.get(field["$ref"].rpartition("/")[2], {}))
    return found


def inner(schema: dict[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the parts of a value with their schemas."""
    known = schema.get("properties", {})
    if isinstance(value, Mapping):
        further = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
        for key, item in value.items():
            yield schema.get("propertyNames"), key
            yield from ((part, item) for part in ([known[key]] if key in known else further))
        return
    yield from ((part, getattr(value, name, None)) for name, part in known.items())
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        first = schema.get("prefixItems", ())
        yield from zip(itertools.chain(first, itertools.repeat(schema.get("items"))), value, strict=False)


def sorts(field: dict[str, Any], defs: dict[str, Any]) -> set[str]:
    """Return the JSON types that a field takes."""
    return {schema["type"] for schema in variants(field, defs) if "type" in schema}


def arrays(field: dict[str, Any], defs: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schemas of a field that are of arrays."""
    return [schema for schema in variants(field, defs) if schema.get("type") == "array"]
