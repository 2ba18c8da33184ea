"""The routes of the Masumi network."""

from __future__ import annotations

import hashlib
import json
import time
import uuid

import pytest

import kodonb as kb
from kodonb.serve import Caller, Scope, ServeAPI
from kodonb.serve.masumi.fields import fields, inputs
from tests.serve import samples


@kb.step
def question(title: str) -> bool:
    return kb.ask(samples.Answer, title).yes


@kb.flow
def asks_twice() -> list[bool]:
    return [step.result() for step in (question.submit("one"), question.submit("two"))]


@pytest.fixture
def client(serve):
    app = ServeAPI(access=None, rate=None, mip003="agent-7")
    for flow in (samples.describe, samples.asks, samples.fails, samples.place, samples.emits, asks_twice):
        app.include(flow)
    return serve(app)


def start(client, base="", **data):
    return client.post(f"{base}/start_job", json={"identifier_from_purchaser": "order 1", "input_data": data})


def status(client, job):
    return client.get("/status", params={"job_id": job}).json()


def until(client, job, wanted):
    end = time.monotonic() + 20
    while (found := status(client, job))["status"] != wanted:
        assert time.monotonic() < end, found
    return found


DATA = {"place": {"Name": "Rome"}, "options": {"depth": 2, "colour": "blue"}}


def test_an_agent_says_that_it_is_there(client):
    assert client.get("/availability").json() == {
        "status": "available",
        "type": "masumi-agent",
        "message": "Describe takes jobs",
    }


def test_an_agent_that_cannot_take_jobs_says_so(client, inline):
    with inline.log.writing() as connection:
        connection.exec_driver_sql("DROP TABLE cache")
    answer = client.get("/availability")
    assert answer.status_code == 200 and answer.json()["status"] == "unavailable"


def test_a_job_is_a_run(client):
    job = start(client, **DATA).json()
    run = job["job_id"]
    assert job["status"] == "success" and job["identifierFromPurchaser"] == "order 1"
    assert (job["agentIdentifier"], job["blockchainIdentifier"], job["sellerVKey"]) == (
        "agent-7",
        f"FREE-{run}",
        "",
    )
    assert all(
        job[name] == 0
        for name in ("payByTime", "submitResultTime", "unlockTime", "externalDisputeUnlockTime")
    )
    text = 'order 1;{"options":{"colour":"blue","depth":2},"place":{"Name":"Rome"}}'
    assert job["input_hash"] == hashlib.sha256(text.encode()).hexdigest()
    done = until(client, run, "completed")
    assert json.loads(done["result"]) == {"place": "Rome", "depth": "2", "points": "0"}
    assert uuid.UUID(done["id"]) and done["job_id"] == run and "input_schema" not in done
    assert client.get(f"/runs/{run}").json()["flow"] == "describe"


def test_other_endpoints_are_agents_below_their_paths(client):
    job = start(client, "/fails", message="no luck").json()["job_id"]
    failed = until(client, job, "failed")
    assert failed["result"] == "ValueError: no luck"
    assert client.get("/fails/input_schema").json()["input_data"][0]["id"] == "message"


@pytest.mark.parametrize(
    "body",
    [
        {"input_data": DATA},
        {"identifier_from_purchaser": 1, "input_data": DATA},
        {"identifier_from_purchaser": "x", "input_data": {"place": {"Name": ""}, "options": {}}},
        {"identifier_from_purchaser": "x", "input_data": [1]},
        {"identifier_from_purchaser": "x", "input_data": {"place": 10**400}},
        [1],
    ],
    ids=str,
)
def test_what_does_not_fit_is_a_bad_request_and_starts_nothing(client, body):
    answer = client.post("/start_job", json=body)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
    assert client.get("/runs").json() == []


def test_newer_names_are_taken_too(client):
    body = {"identifierFromPurchaser": "order 1", "inputData": DATA}
    assert (
        client.post("/start_job", json=body).json()["input_hash"]
        == start(client, **DATA).json()["input_hash"]
    )


def test_a_job_that_nobody_started_is_not_found(client):
    answer = client.get("/status?job_id=nothing")
    assert answer.status_code == 404
    assert client.post("/provide_input", json={"job_id": "nothing"}).status_code == 404
    assert client.get("/status").status_code == 422


def test_a_job_that_awaits_input_says_what_it_asks_and_goes_on_when_it_has_it(client):
    job = start(client, "/asks", title="Go?").json()["job_id"]
    asked = until(client, job, "awaiting_input")
    [yes, why] = asked["input_schema"]["input_data"]
    assert (yes["id"], yes["type"]) == ("yes", "boolean") and (why["id"], why["type"]) == ("why", "text")
    stale = client.post(
        "/provide_input", json={"job_id": job, "status_id": "old", "input_data": {"yes": True}}
    )
    assert stale.status_code == 400 and stale.json()["errors"][0]["field"] == "status_id"
    unfit = client.post("/provide_input", json={"job_id": job, "input_data": {"yes": "perhaps"}})
    assert unfit.status_code == 400 and unfit.json()["errors"][0]["field"] == "yes"
    given = {"job_id": job, "status_id": asked["id"], "input_data": {"yes": True}}
    taken = client.post("/provide_input", json=given).json()
    text = 'order 1;{"yes":true}'
    assert taken == {
        "status": "success",
        "input_hash": hashlib.sha256(text.encode()).hexdigest(),
        "signature": "",
    }
    assert until(client, job, "completed")["result"] == "yes"
    assert client.post("/provide_input", json=given).status_code == 400


def test_the_hash_of_what_is_asked_may_stand_for_the_status(client):
    job = start(client, "/asks").json()["job_id"]
    schema = until(client, job, "awaiting_input")["input_schema"]
    text = json.dumps(schema, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    given = {"job_id": job, "input_data": {"yes": False}}
    wrong = client.post("/provide_input", json=given | {"input_schema_hash": "0" * 64})
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["field"] == "input_schema_hash"
    right = given | {"input_schema_hash": hashlib.sha256(text.encode()).hexdigest()}
    assert client.post("/provide_input", json=right).status_code == 200


def test_several_questions_are_groups(client):
    job = start(client, "/asks_twice").json()["job_id"]
    end = time.monotonic() + 20
    while "input_groups" not in (asked := status(client, job)).get("input_schema", {}):
        assert time.monotonic() < end
    groups = {group["title"]: group["id"] for group in asked["input_schema"]["input_groups"]}
    assert set(groups) == {"one", "two"}
    answer = client.post("/provide_input", json={"job_id": job, "input_data": {"yes": True}})
    assert answer.status_code == 400
    given = {groups["one"]: {"yes": True}, groups["two"]: {"yes": False}}
    assert client.post("/provide_input", json={"job_id": job, "input_groups": {"x": {}}}).status_code == 400
    assert client.post("/provide_input", json={"job_id": job, "input_groups": given}).status_code == 200
    assert json.loads(until(client, job, "completed")["result"]) == [True, False]


def test_jobs_take_the_scopes_of_runs_and_the_form_is_open(serve):
    class Named:
        async def caller(self, token):
            return Caller(token, frozenset({Scope(token)}))

    app = ServeAPI(access=Named(), mip003=True)
    app.include(samples.place)
    client = serve(app)

    def answered(method, path, scope=None):
        headers = {} if scope is None else {"authorization": f"Bearer {scope}"}
        return client.request(method, path, headers=headers).status_code

    assert answered("GET", "/availability") == answered("GET", "/input_schema") == 200
    assert answered("POST", "/start_job") == answered("GET", "/status?job_id=x") == 401
    assert answered("POST", "/start_job", "read") == answered("GET", "/status?job_id=x", "run") == 403
    assert answered("POST", "/provide_input", "read") == 403
    assert answered("POST", "/start_job", "run") == 400
    assert answered("GET", "/status?job_id=x", "read") == 404


def test_a_service_has_these_routes_only_where_it_wants_them(serve):
    app = ServeAPI(access=None)
    app.include(samples.place)
    assert serve(app).get("/availability").status_code == 404


# --- forms


SCHEMA = {
    "properties": {
        "name": {
            "type": "string",
            "minLength": 2,
            "maxLength": 20,
            "description": "Who it is",
            "title": "Name",
        },
        "age": {"type": "integer", "minimum": 1, "maximum": 120},
        "style": {"enum": ["modern", "classic"], "type": "string", "default": "modern"},
        "colours": {
            "anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Colour"}, "minItems": 1}, {"type": "null"}]
        },
        "when": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "mail": {"type": "string", "format": "email"},
        "parts": {"type": "array", "items": {"$ref": "#/$defs/Parts"}, "description": "Pieces"},
        "sure": {"type": "boolean", "default": False},
        "either": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
        "level": {"const": 3},
    },
    "required": ["name", "age", "mail", "either", "level"],
    "$defs": {
        "Colour": {"enum": ["red", "blue"], "type": "string"},
        "Parts": {"type": "object", "properties": {"a": {"type": "integer"}}},
    },
}
OPTIONAL = {"validation": "optional", "value": "true"}


def test_a_schema_becomes_the_fields_of_a_form():
    made = {field.pop("id"): field for field in fields(SCHEMA)}
    assert made == {
        "name": {
            "type": "text",
            "name": "Name",
            "data": {"description": "Who it is"},
            "validations": [{"validation": "min", "value": "2"}, {"validation": "max", "value": "20"}],
        },
        "age": {
            "type": "number",
            "name": "age",
            "validations": [
                {"validation": "min", "value": "1"},
                {"validation": "max", "value": "120"},
                {"validation": "format", "value": "integer"},
            ],
        },
        "style": {
            "type": "option",
            "name": "style",
            "data": {"default": "modern", "values": ["modern", "classic"]},
            "validations": [
                {"validation": "min", "value": "1"},
                {"validation": "max", "value": "1"},
                OPTIONAL,
            ],
        },
        "colours": {
            "type": "option",
            "name": "colours",
            "data": {"values": ["red", "blue"]},
            "validations": [{"validation": "min", "value": "1"}, OPTIONAL],
        },
        "when": {"type": "date", "name": "when", "validations": [OPTIONAL]},
        "mail": {
            "type": "email",
            "name": "mail",
            "validations": [{"validation": "format", "value": "email"}],
        },
        "parts": {
            "type": "textarea",
            "name": "parts",
            "data": {"description": "Pieces (JSON)"},
            "validations": [OPTIONAL],
        },
        "sure": {"type": "boolean", "name": "sure", "data": {"default": False}, "validations": [OPTIONAL]},
        "either": {"type": "textarea", "name": "either", "data": {"description": "(JSON)"}},
        "level": {
            "type": "option",
            "name": "level",
            "data": {"values": ["3"]},
            "validations": [{"validation": "min", "value": "1"}, {"validation": "max", "value": "1"}],
        },
    }


def test_what_a_form_sends_is_read_as_the_flow_takes_it():
    sent = {
        "style": ["classic"],
        "colours": ["red"],
        "parts": '[{"a": 1}]',
        "either": "x",
        "name": "Ada",
        "more": 1,
    }
    assert inputs(sent, SCHEMA) == sent | {"style": "classic", "parts": [{"a": 1}]}
