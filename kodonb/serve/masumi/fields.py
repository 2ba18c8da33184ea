"""Forms as MIP-003 has them (Attachment 01): a list of fields, made of a JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from kodonb.flows.schema import variants

Schema = dict[str, Any]

_FORMATS: Final = {
    "date": "date",
    "date-time": "datetime-local",
    "time": "time",
    "email": "email",
    "uri": "url",
    "password": "password",
}
_LIMITS: Final = {
    "min": ("minLength", "minimum", "minItems"),
    "max": ("maxLength", "maximum", "maxItems"),
}


def fields(schema: Mapping[str, Any]) -> list[Schema]:
    """Return the fields of a form.

    Args:
        schema: JSON Schema of an object.
    """
    defs = schema.get("$defs", {})
    required = schema.get("required", ())
    return [
        _field(name, part, defs, required=name in required)
        for name, part in schema.get("properties", {}).items()
    ]


def _field(name: str, part: Schema, defs: Schema, *, required: bool) -> Schema:
    own = _own(part, defs)
    kind, values = _kind(own, defs)
    data = {"description": part.get("description") or own.get("description", "")}
    if kind == "textarea":
        data["description"] = f"{data['description']} (JSON)".strip()
    if "default" in part and part["default"] is not None:
        data["default"] = part["default"]
    if values:
        data["values"] = values
    made = {"id": name, "type": kind, "name": part.get("title") or name}
    told = {key: value for key, value in data.items() if value != ""}
    rules = list(_rules(own, kind, required=required))
    return {**made, **({"data": told} if told else {}), **({"validations": rules} if rules else {})}


def _own(part: Schema, defs: Schema) -> Schema:
    """Return the schema of a field without what makes it optional; of a choice of types, nothing in particular."""
    found = [each for each in variants(part, defs) if each.get("type") != "null"]
    return found[0] if len(found) == 1 else {}


def _kind(own: Schema, defs: Schema) -> tuple[str, list[str]]:
    choices = _choices(own)
    if choices:
        return "option", choices
    sort = own.get("type")
    if sort == "array":
        choices = _choices(_own(own.get("items", {}), defs))
        return ("option", choices) if choices else ("textarea", [])
    if sort in {"integer", "number"}:
        return "number", []
    if sort == "boolean":
        return "boolean", []
    if sort == "string":
        return _FORMATS.get(own.get("format", ""), "text"), []
    return "textarea", []


def _choices(own: Schema) -> list[str]:
    found = [own["const"]] if "const" in own else own.get("enum", [])
    return [choice if isinstance(choice, str) else msgspec.json.encode(choice).decode() for choice in found]


def _rules(own: Schema, kind: str, *, required: bool) -> Iterator[Schema]:
    single = kind == "option" and own.get("type") != "array"
    for name, keywords in _LIMITS.items():
        limit = 1 if single else next((own[each] for each in keywords if each in own), None)
        if limit is not None and kind != "textarea":
            yield {"validation": name, "value": str(limit)}
    if own.get("type") == "integer":
        yield {"validation": "format", "value": "integer"}
    if kind in {"email", "url"}:
        yield {"validation": "format", "value": kind}
    if not required:
        yield {"validation": "optional", "value": "true"}


def inputs(given: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs as the flow takes them, of what a form of such fields sends.

    Args:
        given: Values by field: of one choice perhaps a list of it, of what has no type of field, JSON as text.
        schema: JSON Schema of the inputs.
    """
    defs = schema.get("$defs", {})
    known = schema.get("properties", {})
    return {name: _value(value, known.get(name, {}), defs) for name, value in given.items()}


def _value(value: Any, part: Schema, defs: Schema) -> Any:
    own = _own(part, defs)
    kind, _ = _kind(own, defs)
    if kind == "option" and own.get("type") != "array" and isinstance(value, list) and len(value) == 1:
        return value[0]
    if kind == "textarea" and isinstance(value, str):
        try:
            return msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return value
