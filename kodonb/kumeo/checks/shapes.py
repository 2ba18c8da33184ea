"""The fields that a schema in the text declares, with their types."""

from __future__ import annotations

from typing import Final

from kodonb.kumeo.outline.values import entries, word
from kodonb.kumeo.syntax.tree import Array, Constant, Object, Text, Value

Shape = dict[str, str]

_SAME: Final = {
    "str": "string", "text": "string", "int": "integer", "float": "number", "double": "number",
    "bool": "boolean", "list": "array", "dict": "object", "map": "object",
}  # fmt: skip
_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "array", "object", "null"})
_KEYWORDS: Final = frozenset({
    "$schema", "$ref", "$id", "$defs", "type", "properties", "required", "additionalProperties", "patternProperties",
    "items", "enum", "const", "oneOf", "anyOf", "allOf", "format", "title", "description", "default", "examples",
    "minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems",
})  # fmt: skip


def shape(value: Value | None) -> Shape | None:
    """Return the fields of a schema, each with its type or empty; `None` if they are not known from the text.

    A schema is a JSON Schema, an object of names with types, or a list of names.
    """
    if isinstance(value, Array) and value.items:
        names = [each.value for each in value.items if isinstance(each, Text)]
        return dict.fromkeys(names, "") if len(names) == len(value.items) else None
    if not isinstance(value, Object) or not value.pairs:
        return None
    inside = entries(value)
    if isinstance(inside.get("properties"), Object):
        return {name: _type(each) for name, each in entries(inside["properties"]).items()}
    if inside.keys() <= _KEYWORDS:  # of an object without properties nothing is known; all else has no fields
        return {} if whole(value) not in {"", "object"} else None
    return {name: _type(each) for name, each in inside.items()}


def whole(value: Value | None) -> str:
    """Return the type that a JSON Schema says of all of a value; empty if it says none."""
    inside = entries(value)
    is_schema = bool(inside) and (inside.keys() <= _KEYWORDS or "properties" in inside)
    return _type(value) if value is not None and is_schema else ""


def is_open(value: Value | None) -> bool:
    """Whether a JSON Schema says that further fields are welcome."""
    further = entries(value).get("additionalProperties")
    return further is not None and not (isinstance(further, Constant) and further.value is False)


def _type(value: Value) -> str:
    said = word(entries(value).get("type")) if isinstance(value, Object) else word(value)
    plain = (said or "").strip().lower()
    plain = _SAME.get(plain, plain)
    return plain if plain in _TYPES else ""


def fits(given: str, wanted: str) -> bool:
    """Whether a value of one type can be taken for another; an unknown type fits all."""
    return not given or not wanted or given == wanted or (given, wanted) == ("integer", "number")


def required(value: Value | None) -> set[str]:
    """Return the fields that a schema demands: those that a JSON Schema names, or all of a plain one."""
    inside = entries(value)
    if "properties" in inside:
        demanded = inside.get("required")
        return (
            {each.value for each in demanded.items if isinstance(each, Text)}
            if isinstance(demanded, Array)
            else set()
        )
    return set(shape(value) or ())
