"""The routes of one endpoint: the one that shows its form, and the one that launches its run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi import APIRouter, Depends, Request, Response

from kodonb.serve.access.callers import Caller, Needs, Scope
from kodonb.serve.entries.repeat import REPLAYED, Attempt, Key
from kodonb.serve.openapi import declared, json_of, ref, with_files
from kodonb.serve.replies import Json, body_of, inputs_in
from kodonb.serve.runs.records import accepted

if TYPE_CHECKING:
    from kodonb.serve.entries.entry import Entry
    from kodonb.serve.entries.launch import Launch
    from kodonb.serve.openapi import Components
    from kodonb.serve.service import Service


def router(entry: Entry, service: Service, components: Components) -> tuple[APIRouter, dict[str, Any]]:
    """Return the two routes of an endpoint, and the schema of what it returns.

    Args:
        entry: The endpoint.
        service: What routes share.
        components: Takes the schemas.
    """
    inputs = components.put(f"{entry.title}_inputs", with_files(entry.schema))
    output = components.put(f"{entry.title}_output", entry.output) if entry.output else {}
    made = APIRouter(tags=list(entry.tags))
    _add_launch(made, entry, service, inputs, output)
    _add_form(made, entry, service)
    return made, output


def _add_form(made: APIRouter, entry: Entry, service: Service) -> None:
    form = Json(
        {
            "name": entry.name,
            "summary": entry.summary,
            "description": entry.description,
            "tags": list(entry.tags),
            **entry.about,
            "schema": entry.schema,
            "output": entry.output,
            "examples": [{"summary": summary, "inputs": inputs} for summary, inputs in entry.examples],
        }
    ).body

    async def show() -> Response:
        return Json(form)

    made.add_api_route(
        entry.path,
        show,
        dependencies=[Depends(Needs(Scope.read, service.access))],
        responses={200: json_of(_FORM, "The form")},
        **_told(entry, "GET"),
    )


def _add_launch(
    made: APIRouter, entry: Entry, service: Service, inputs: dict[str, Any], output: dict[str, Any]
) -> None:
    asks = Depends(Needs(Scope.run, service.access))
    takes_files = entry.takes_files

    async def start(request: Request, key: Key = None, caller: Caller = asks) -> Response:
        body = await body_of(request)
        attempt = None if key is None else Attempt(key, caller, entry.path, inputs_in(body))

        async def wanted() -> Launch:
            given = await service.filled(entry, body, caller) if takes_files else entry.read(body)
            return await entry.decided(request, given)

        started = await service.start(wanted, entry.key, caller.name, attempt)
        told = accepted(request, started.run)
        headers = {"Location": told.links.self, **({REPLAYED: "true"} if started.again else {})}
        return Json(told, 202, headers)

    body = json_of(inputs, "The inputs", **_shown(entry))
    body["required"] = bool(entry.schema.get("required"))
    launched = json_of(ref("Accepted"), "The run has been launched")
    launched["headers"] = {
        "Location": {"description": "Where the run is found", "schema": {"type": "string"}},
        REPLAYED: {
            "description": "Whether an earlier request with the same key has launched it",
            "schema": {"const": "true"},
        },
    }
    launched["links"] = _LINKS
    made.add_api_route(
        entry.path,
        start,
        status_code=202,
        responses={202: launched, **declared(409, 413, 415, 422)},
        **_told(entry, "POST", requestBody=body, **({"x-output": output} if output else {})),
    )


def _shown(entry: Entry) -> dict[str, Any]:
    if not entry.examples:
        return {}
    return {
        "examples": {
            f"example_{number}": {"summary": summary, "value": inputs}
            for number, (summary, inputs) in enumerate(entry.examples, 1)
        }
    }


def _told(entry: Entry, method: str, **extra: Any) -> dict[str, Any]:
    """Return what FastAPI is told of both routes."""
    verb = "form" if method == "GET" else "launch"
    found = {f"x-{name}": told for name, told in entry.about.items() if told}
    return {
        "methods": [method],
        "name": f"{verb} {entry.path}",
        "operation_id": f"{verb}_{entry.title}",
        "summary": entry.summary,
        "description": entry.description,
        "deprecated": entry.deprecated or None,
        # By this panels find what can be launched, and who answers for it.
        "openapi_extra": {"x-kodosumi": True, **found, **extra},
    }


_FORM: Final = {
    "title": "Form",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "summary": {"type": "string"},
        "description": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "author": {"type": "string"},
        "organization": {"type": "string"},
        "version": {"type": "string"},
        "schema": {"type": "object", "description": "JSON Schema of the inputs."},
        "output": {
            "type": "object",
            "description": "JSON Schema of the result; empty if nothing is known of it.",
        },
        "examples": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"summary": {"type": "string"}, "inputs": {"type": "object"}},
                "required": ["summary", "inputs"],
            },
        },
    },
    "required": ["name", "summary", "description", "tags", "schema", "output", "examples"],
}
_LINKS: Final = {
    name: {"operationId": operation, "parameters": {"run": "$response.body#/run"}}
    for name, operation in {
        "look": "look_at_run",
        "events": "follow_run",
        "result": "run_result",
        "locks": "run_locks",
        "cancel": "cancel_run",
        "retry": "retry_run",
    }.items()
}
