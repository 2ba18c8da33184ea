"""Secrets in a form: where its JSON Schema has places for them, and what of a value is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pydantic
import pydantic_core

from kodonb.flows.schema import below, inner

if TYPE_CHECKING:
    from pydantic_core import core_schema


def makes_secret(schema: core_schema.JsonOrPythonSchema) -> bool:
    """Return whether pydantic's schema is that of `Secret`, `SecretStr` or `SecretBytes`."""
    # Their serializer is all that such schemas have of their own.
    serializer = getattr(schema.get("serialization", {}).get("function"), "__name__", "")
    return serializer.startswith("_serialize_secret")


def has_place(schema: Any, defs: dict[str, Any]) -> bool:
    """Return whether a schema has a place for a secret: what is written and never read."""
    return _has_place(schema, defs, set())


def holds_secret(schema: Any, value: Any, defs: dict[str, Any]) -> bool:
    """Return whether a value, of Python or JSON, has something in such a place."""
    if value is None or not isinstance(schema, dict):
        return False
    if _is_place(schema):
        return True
    return any(holds_secret(variant, value, defs) for variant in below(schema, defs)) or any(
        holds_secret(part, item, defs) for part, item in inner(schema, value)
    )


def drop_defaults(schema: dict[str, Any]) -> None:
    """Take the defaults that hold secrets out of the schema of an object, and of its definitions."""
    defs = schema.get("$defs", {})
    for holder in (schema, *defs.values()):
        for field in holder.get("properties", {}).values():
            # The asterisks that pydantic writes for a secret would be taken for a value.
            if "default" in field and holds_secret(field, field["default"], defs):
                del field["default"]


def in_clear(value: Any) -> Any:
    """Return dumped data with the secrets in clear, and everything else as JSON has it."""
    if isinstance(value, dict):
        return {in_clear(key): in_clear(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [in_clear(item) for item in value]
    if isinstance(value, pydantic.SecretStr | pydantic.SecretBytes | pydantic.Secret):
        return in_clear(value.get_secret_value())
    return value if isinstance(value, bytes) else pydantic_core.to_jsonable_python(value)


def _has_place(schema: Any, defs: dict[str, Any], seen: set[str]) -> bool:
    if isinstance(schema, list):
        return any(_has_place(part, defs, seen) for part in schema)
    if not isinstance(schema, dict):
        return False
    if _is_place(schema):
        return True
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name in defs and name not in seen:
        seen.add(name)
        if _has_place(defs[name], defs, seen):
            return True
    return any(_has_place(part, defs, seen) for part in schema.values())


def _is_place(schema: dict[str, Any]) -> bool:
    return schema.get("writeOnly") is True or schema.get("format") == "password"
