"""The description of a service: true, whole and valid."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from kodonb.serve import Caller, Launch, Scope, ServeAPI
from kodonb.serve.openapi import Components
from tests.serve import samples


class Anybody:
    async def caller(self, token):
        return Caller("ada", frozenset(Scope))


@pytest.fixture
def described():
    app = ServeAPI(access=Anybody(), mip003=True)
    app.include(samples.double, examples=[{"n": 1}, ("The answer", {"n": 21})])
    app.include(samples.describe)
    app.include(samples.locate)
    app.include(samples.frame)
    return app.openapi()


def resolved(described, part):
    while "$ref" in part:
        part = described["components"]["schemas"][part["$ref"].rpartition("/")[2]]
    return part


def refs(part):
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from refs(value)
    elif isinstance(part, list):
        for value in part:
            yield from refs(value)


def body(described, path):
    return described["paths"][path]["post"]["requestBody"]


def test_every_schema_is_valid_and_every_reference_leads_somewhere(described):
    known = {f"#/components/schemas/{name}" for name in described["components"]["schemas"]}
    assert set(refs(described)) <= known
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert "$defs" not in json.dumps(described)
    assert "HTTPValidationError" not in json.dumps(described)


def test_inputs_are_described_as_the_form_has_them(described):
    schema = resolved(described, body(described, "/double")["content"]["application/json"]["schema"])
    assert schema["properties"]["n"] == {"maximum": 10**6, "minimum": 0, "title": "N", "type": "integer"}
    assert schema["required"] == ["n"] and body(described, "/double")["required"]
    assert not body(described, "/locate")["required"]
    nested = resolved(described, body(described, "/describe")["content"]["application/json"]["schema"])
    options = resolved(described, nested["properties"]["options"])
    assert resolved(described, options["properties"]["colour"])["enum"] == ["red", "blue"]
    # A model that refers to itself is a component that refers to itself.
    assert options in [resolved(described, each) for each in options["properties"]["inner"]["anyOf"]]


def test_where_bytes_are_taken_a_file_may_stand():
    app = ServeAPI(access=None)
    app.include(samples.measure)
    schema = app.openapi()["components"]["schemas"]["measure_inputs"]["properties"]["data"]
    assert [each["type"] for each in schema["anyOf"]] == ["string", "object"]


def test_results_are_described_flow_by_flow(described):
    ended = described["components"]["schemas"]["Ended"]["anyOf"]
    results = {each["properties"]["flow"].get("const"): each["properties"].get("result") for each in ended}
    assert resolved(described, results["double"]["anyOf"][0]) == {"type": "integer"}
    point = resolved(described, resolved(described, results["locate"]["anyOf"][0])["items"])
    assert set(point["properties"]) == {"x", "y"}
    assert results["frame"] == {}
    operation = described["paths"]["/double"]["post"]
    assert resolved(described, operation["x-output"]) == {"type": "integer"}


def test_examples_are_shown(described):
    shown = body(described, "/double")["content"]["application/json"]["examples"]
    assert [(each["summary"], each["value"]) for each in shown.values()] == [
        ("Example 1", {"n": 1}),
        ("The answer", {"n": 21}),
    ]


def test_panels_find_what_can_be_launched(described):
    for method in ("get", "post"):
        operation = described["paths"]["/double"][method]
        assert operation["x-kodosumi"] is True
        assert (operation["x-author"], operation["x-organization"], operation["x-version"]) == (
            "ada",
            "lovelace ltd",
            "1.2",
        )
        assert operation["tags"] == ["sums"]
    found = [
        path for path, each in described["paths"].items() if any(o.get("x-kodosumi") for o in each.values())
    ]
    assert found == ["/double", "/describe", "/locate", "/frame"]
    assert "x-author" not in described["paths"]["/frame"]["get"]


def test_every_operation_declares_its_problems(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            needed = {"429", "500", "503"} | ({"401", "403"} if "security" in operation else set())
            needed |= {"408", "413", "415"} if "requestBody" in operation else set()
            assert needed <= answers.keys(), (path, method)
            for status, answer in answers.items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"], (path, method, status)


def test_only_health_needs_no_token(described):
    open_ = {path for path, each in described["paths"].items() for o in each.values() if "security" not in o}
    assert open_ == {
        "/files",  # what uploads may be, told before one begins
        "/health",
        "/ready",
        *(f"{base}/{name}" for base in ("", "/double", "/describe", "/locate", "/frame")
          for name in ("availability", "input_schema")),
    }  # fmt: skip
    schemes = described["components"]["securitySchemes"].values()
    assert [each["scheme"] for each in schemes] == ["bearer"]


def test_a_service_without_access_control_asks_for_no_token():
    app = ServeAPI(access=None)
    app.include(samples.double)
    described = app.openapi()
    assert "securitySchemes" not in described["components"]
    assert "401" not in described["paths"]["/double"]["post"]["responses"]
    assert not any("security" in o for each in described["paths"].values() for o in each.values())


def test_operations_have_ids_of_their_own(described):
    ids = [o["operationId"] for each in described["paths"].values() for o in each.values()]
    assert len(ids) == len(set(ids))
    links = described["paths"]["/double"]["post"]["responses"]["202"]["links"]
    assert {each["operationId"] for each in links.values()} <= set(ids)


def test_what_is_added_later_is_described_too():
    app = ServeAPI(access=None)
    assert "/double" not in app.openapi()["paths"]
    app.include(samples.double)
    assert "/double" in app.openapi()["paths"]

    class Form(BaseModel):
        n: int

    @app.enter("/own", form=Form)
    def own(request, inputs):
        return Launch(request, samples.double, inputs)

    described = app.openapi()
    schema = resolved(described, body(described, "/own")["content"]["application/json"]["schema"])
    assert schema["title"] == "Form"
    # Of what it launches nothing is known before.
    assert {"type": "string"} in [
        each["properties"]["flow"] for each in described["components"]["schemas"]["Ended"]["anyOf"]
    ]


def test_definitions_of_the_same_name_do_not_meet():
    components = Components()
    one = components.put("a b", {"$defs": {"X": {"type": "integer"}}, "items": {"$ref": "#/$defs/X"}})
    other = components.put("a b", {"$defs": {"X": {"type": "string"}}, "items": {"$ref": "#/$defs/X"}})
    schemas = components.schemas
    found = [
        schemas[schemas[ref["$ref"].rpartition("/")[2]]["items"]["$ref"].rpartition("/")[2]]
        for ref in (one, other)
    ]
    assert [each["type"] for each in found] == ["integer", "string"]
