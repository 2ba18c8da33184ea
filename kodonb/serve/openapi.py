"""What the OpenAPI description of a service is made of: components, problems, and the records that routes return."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec

from kodonb.model.event import Event
from kodonb.serve.problems import MEDIA
from kodonb.serve.runs.records import Accepted, LockTold, RunLinks, RunTold

Schema = dict[str, Any]

_HOME: Final = "#/components/schemas/"
_DEFS: Final = "#/$defs/"
_TIMES: Final = frozenset({"at", "created", "started", "ended", "opened", "answered"})
_ATTRIBUTE: Final = re.compile(r"^\s+(\w+): (.+)$", re.MULTILINE)

PROBLEM: Final[Schema] = {
    "title": "Problem",
    "description": "What went wrong, as RFC 9457 has it.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "Kind of problem, or about:blank."},
        "title": {"type": "string", "description": "What the kind is called."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What is wrong."},
        "code": {"type": "string", "description": "Error code of kodonb, where there is one."},
        "errors": {
            "type": "array",
            "description": "What is wrong with each field of the request.",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                "required": ["field", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}


def ref(name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": _HOME + name}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems that a route may answer with, as FastAPI wants them."""
    content = {MEDIA: {"schema": ref("Problem")}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


def json_of(schema: Schema, description: str, **more: Any) -> dict[str, Any]:
    """Return the declaration of a response or of a request's body that is JSON."""
    return {"description": description, "content": {"application/json": {"schema": schema, **more}}}


class Components:
    """The named schemas of an application."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {"Problem": PROBLEM, **_records()}

    def put(self, name: str, schema: Mapping[str, Any]) -> Schema:
        """Take a JSON Schema and return a reference to it; its definitions become components beside it."""
        own = self._free(name)
        self.schemas[own] = {}
        defs = schema.get("$defs", {})
        names = {key: self._free(f"{own}_{key}") for key in defs}
        for key, part in defs.items():
            self.schemas[names[key]] = _moved(part, names)
        self.schemas[own] = _moved({key: part for key, part in schema.items() if key != "$defs"}, names)
        return ref(own)

    def once(self, name: str, schema: Mapping[str, Any]) -> Schema:
        """Take a JSON Schema, unless it was taken before, and return a reference to it."""
        return ref(name) if name in self.schemas else self.put(name, schema)

    def _free(self, name: str) -> str:
        name = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        count, found = 1, name
        while found in self.schemas:
            count += 1
            found = f"{name}_{count}"
        return found


def with_files(part: Any) -> Any:
    """Return the schema of inputs as clients send them: where bytes are taken, the id of a file may stand."""
    if isinstance(part, list):
        return [with_files(each) for each in part]
    if not isinstance(part, dict):
        return part
    made = {key: with_files(value) for key, value in part.items()}
    if made.get("type") != "string" or made.get("format") != "binary":
        return made
    told = {key: made.pop(key) for key in ("title", "description", "default") if key in made}
    return {**told, "anyOf": [made, _FILE]}


_FILE: Final[Schema] = {
    "title": "A file that was sent",
    "type": "object",
    "properties": {"file": {"type": "string", "description": "Its id."}},
    "required": ["file"],
    "additionalProperties": False,
}


def _moved(part: Any, names: Mapping[str, str]) -> Any:
    """Return a schema whose references to definitions lead to components."""
    if isinstance(part, dict):
        return {key: _moved(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_moved(value, names) for value in part]
    if isinstance(part, str) and part.startswith(_DEFS) and part.removeprefix(_DEFS) in names:
        return _HOME + names[part.removeprefix(_DEFS)]
    return part


def _records() -> dict[str, Schema]:
    kinds = (RunTold, RunLinks, LockTold, Event, Accepted)
    _, found = msgspec.json.schema_components(kinds, ref_template=_HOME + "{name}")
    names = {kind.__name__: kind.__name__.removesuffix("Told") for kind in kinds}
    text = json.dumps(found)
    for old, new in names.items():
        text = text.replace(json.dumps(_HOME + old), json.dumps(_HOME + new))
    made = json.loads(text)
    return {new: _told(kind, made[old], new) for kind, (old, new) in zip(kinds, names.items(), strict=True)}


def _told(kind: type, schema: Schema, title: str) -> Schema:
    """Return the schema of a record that is sent: all of its fields are there, and are described."""
    described = {
        name: text for base in reversed(kind.__mro__) for name, text in _ATTRIBUTE.findall(base.__doc__ or "")
    }
    schema["title"] = title
    schema["description"] = (kind.__doc__ or "").partition("\n")[0]
    schema["required"] = sorted(schema["properties"])
    for name, part in schema["properties"].items():
        part.pop("default", None)
        if name in described and "$ref" not in part:
            part["description"] = described[name]
        if name in _TIMES:
            for variant in part.get("anyOf", [part]):
                if variant.get("type") == "string":
                    variant["format"] = "date-time"
    return schema


def ended(results: Mapping[str, Schema]) -> Schema:
    """Return the schema of what is told of a run that has ended.

    Args:
        results: What the flows of the service return, by name; without a name, those that nothing is known of.
    """
    return {"title": "Ended", "anyOf": [*(_ended(flow, schema) for flow, schema in results.items()), _FAILED]}


def _ended(flow: str, output: Schema) -> Schema:
    return {
        "title": f"Result of {flow}" if flow else "Result",
        "type": "object",
        "properties": {
            "run": {"type": "string"},
            "flow": {"const": flow} if flow else {"type": "string"},
            "status": {"const": "finished"},
            "result": {"anyOf": [output, _DESCRIBED, _SECRET]} if output else {},
        },
        "required": ["run", "flow", "status", "result"],
    }


_DESCRIBED: Final[Schema] = {
    "title": "What has no JSON form",
    "type": "object",
    "properties": {"type": {"type": "string"}, "repr": {"type": "string"}},
    "required": ["type", "repr"],
}
_SECRET: Final[Schema] = {
    "title": "A secret",
    "type": "object",
    "properties": {"secret": {"const": True}},
    "required": ["secret"],
}
_FAILED: Final[Schema] = {
    "title": "Failure",
    "type": "object",
    "properties": {
        "run": {"type": "string"},
        "flow": {"type": "string"},
        "status": {"enum": ["error", "cancelled"]},
        "code": {"type": "string", "description": "Error code of kodonb."},
        "detail": {"type": "string", "description": "Why it ended."},
    },
    "required": ["run", "flow", "status", "code", "detail"],
}


def finished(
    description: Mapping[str, Any], components: Components, results: Mapping[str, Schema], *, guarded: bool
) -> dict[str, Any]:
    """Return FastAPI's description of an application, with our components and all problems in it.

    Args:
        description: What FastAPI made of the routes.
        components: Ours.
        results: What the flows of the service return, by name.
        guarded: Whether callers have to say who they are.
    """
    made = copy.deepcopy(dict(description))
    parts = made.setdefault("components", {})
    others = {name: part for name, part in parts.get("schemas", {}).items() if name not in _FASTAPIS}
    parts["schemas"] = {**others, **components.schemas, "Ended": ended(results)}
    if not guarded:
        parts.pop("securitySchemes", None)
    for path in made.get("paths", {}).values():
        for operation in path.values():
            _complete(operation, guarded=guarded)
    return made


_FASTAPIS: Final = frozenset({"HTTPValidationError", "ValidationError"})


def _complete(operation: dict[str, Any], *, guarded: bool) -> None:
    """Declare the problems that any operation may answer with."""
    if not guarded:
        operation.pop("security", None)
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _present(parameter["schema"])
    answers: dict[str, Any] = operation["responses"]
    statuses = [429, 500, 503]
    if "security" in operation:
        statuses += [401, 403]
    if "requestBody" in operation:
        statuses += [408, 413]
    if "422" in answers:
        statuses.append(422)
    for status, told in declared(*statuses).items():
        if status != 422 or "HTTPValidationError" in json.dumps(answers["422"]):
            answers[str(status)] = told
    operation["responses"] = dict(sorted(answers.items()))


def _present(schema: Schema) -> Schema:
    """Return the schema of a parameter that is sent: it may be left out, but what is sent is never null."""
    variants = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(variants) != 1:
        return schema
    return {**{key: part for key, part in schema.items() if key != "anyOf"}, **variants[0]}
