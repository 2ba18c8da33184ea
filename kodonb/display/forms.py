"""What a form asks for, read from its JSON Schema."""

from __future__ import annotations

from typing import Any, NamedTuple

from kodonb.display.format import compact, line
from kodonb.display.read import mapping, text

_MAX_FIELDS = 60


class Field(NamedTuple):
    """A field of a form; all are texts for people, `default` is empty if there is none."""

    name: str
    type: str
    default: str
    required: bool
    description: str


def fields(schema: dict[str, Any]) -> list[Field]:
    """Return the fields of an object's JSON Schema, in its order."""
    required = schema.get("required")
    needed = set(map(str, required)) if isinstance(required, list) else set()
    properties = list(mapping(schema.get("properties")).items())[:_MAX_FIELDS]
    return [_field(schema, name, mapping(part), name in needed) for name, part in properties]


def _field(schema: dict[str, Any], name: str, part: dict[str, Any], required: bool) -> Field:
    default = line(compact(part["default"]), 80) if "default" in part else ""
    return Field(name, kind(schema, part), default, required, line(text(part.get("description")), 300))


def kind(schema: dict[str, Any], part: dict[str, Any], depth: int = 0) -> str:
    """Return a short name of the values that a part of a schema takes, e.g. ``list of integer``."""
    if depth > 6:
        return "…"
    if "$ref" in part:
        return _referred(schema, text(part["$ref"]), depth)
    choices = part.get("enum", [part["const"]] if "const" in part else None)
    if isinstance(choices, list):
        return line(" | ".join(map(compact, choices)), 80)
    several = part.get("anyOf") or part.get("oneOf") or part.get("allOf")
    if isinstance(several, list):
        return line(" | ".join(kind(schema, mapping(item), depth + 1) for item in several[:8]), 80)
    listed = f"list of {kind(schema, mapping(part.get('items')), depth + 1)}"
    return (
        listed if part.get("type") == "array" else text(part.get("format")) or text(part.get("type")) or "any"
    )


def _referred(schema: dict[str, Any], reference: str, depth: int) -> str:
    name = reference.rpartition("/")[2]
    part = mapping(mapping(schema.get("$defs")).get(name))
    return kind(schema, part, depth + 1) if "enum" in part else name
