"""Endpoints: what they take, what they answer, and whose runs they show."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import HTTPException, Request
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.routing import Mount

import kodonb as kb
from kodonb.model.errors import CaptureError, InputsError, Problem, ServiceError, UsageError
from kodonb.serve import Caller, Launch, Scope, ServeAPI
from tests.serve import samples
from tests.serve.conftest import served

PROBLEM = "application/problem+json"


def ended(client, run):
    return client.get(f"/runs/{run}/result?wait=20").json()


@pytest.fixture
def client(serve):
    app = ServeAPI(access=None)
    app.include(samples.double)
    app.include(samples.describe, "/places/describe")
    return serve(app)


class Enquiry(BaseModel):
    name: str = Field(min_length=1, alias="Name")
    count: int = 1


# --- flows


def test_a_launch_says_which_run_it_is_and_where_everything_of_it_is_found(client):
    answer = client.post("/double", json={"n": 4})
    run = answer.json()["run"]
    base = f"/runs/{run}"
    assert answer.status_code == 202
    assert answer.json()["links"] == {
        "self": base,
        "events": f"{base}/events",
        "result": f"{base}/result",
        "locks": f"{base}/locks",
    }
    assert answer.headers["location"] == base
    assert ended(client, run) == {"run": run, "flow": "double", "status": "finished", "result": 8}


def test_a_form_tells_what_a_flow_takes_and_gives(client):
    form = client.get("/double").json()
    assert form["schema"]["properties"]["n"]["maximum"] == 10**6
    assert form["output"] == {"type": "integer"}
    assert (form["author"], form["organization"], form["version"]) == ("ada", "lovelace ltd", "1.2")


def test_a_flow_may_be_served_at_another_path(client):
    inputs = {"place": {"Name": "Rome"}, "options": {"depth": 2, "colour": "blue"}}
    run = client.post("/places/describe", json=inputs).json()["run"]
    assert ended(client, run)["result"] == {"place": "Rome", "depth": "2", "points": "0"}


def test_inputs_that_do_not_fit_are_told_field_by_field_and_start_nothing(client):
    answer = client.post(
        "/places/describe", json={"place": {"Name": ""}, "options": {"depth": 99}, "more": 1}
    )
    told = answer.json()
    assert answer.status_code == 422 and answer.headers["content-type"] == PROBLEM
    assert told["code"] == "KN010" and told["status"] == 422
    assert {each["field"] for each in told["errors"]} == {"place.Name", "options.depth", "more"}
    assert client.get("/runs").json() == []


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b"null", b'{"n": NaN}', b'{"n": "\xff"}', b"[" * 100_000, b'{"n": "\\ud800"}']
)
def test_a_body_that_is_no_json_object_is_told_as_such(client, body):
    answer = client.post("/double", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_a_body_that_does_not_say_that_it_is_json_is_refused(client):
    answer = client.post("/double", content='{"n": 1}', headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert client.post("/double", content='{"n": 1}').status_code == 415
    told = {"content-type": "application/vnd.acme+json; charset=utf-8"}
    assert client.post("/double", content='{"n": 1}', headers=told).status_code == 202


def test_a_flow_that_needs_no_inputs_is_launched_by_an_empty_body(serve):
    app = ServeAPI(access=None)
    app.include(samples.locate)
    client = serve(app)
    assert ended(client, client.post("/locate").json()["run"])["result"] == [{"x": 0, "y": 0.0}]


@pytest.mark.parametrize("path", ["/runs", "/files/mine", "/health", "/double"])
def test_a_path_that_is_taken_is_refused(path):
    app = ServeAPI(access=None)
    app.include(samples.double)
    with pytest.raises(UsageError) as caught:
        app.include(samples.locate, path)
    assert caught.value.code == "KN007"


def test_an_example_that_does_not_fit_is_refused_when_the_service_is_written():
    app = ServeAPI(access=None)
    with pytest.raises(InputsError):
        app.include(samples.double, examples=[{"n": -1}])


def test_who_launched_a_run_is_known_of_it(serve):
    class Ada:
        async def caller(self, token):
            return Caller("ada", frozenset({Scope.run, Scope.read}))

    app = ServeAPI(access=Ada())
    app.include(samples.double)
    client = serve(app, headers={"authorization": "Bearer anything"})
    run = client.post("/double", json={"n": 1}).json()["run"]
    ended(client, run)
    again = client.post(f"/runs/{run}/retry").json()["run"]
    assert [client.get(f"/runs/{each}").json()["user"] for each in (run, again)] == ["ada", "ada"]


def test_a_file_that_was_sent_stands_for_bytes(serve):
    app = ServeAPI(access=None)
    app.include(samples.measure)

    class Form(BaseModel):
        data: bytes

    @app.enter("/form", form=Form)
    def form(request, inputs):
        return Launch(request, samples.measure, inputs)

    client = serve(app)
    file = client.post("/files?name=a.bin", content=b"\xff" * 1000).json()["file"]
    for path in ("/measure", "/form"):
        run = client.post(path, json={"data": {"file": file}}).json()["run"]
        assert ended(client, run)["result"] == 1000
        assert ended(client, client.post(path, json={"data": "text"}).json()["run"])["result"] == 4
        missing = client.post(path, json={"data": {"file": "0" * 32}})
        assert missing.status_code == 422 and missing.json()["errors"][0]["field"] == "data"


# --- endpoints that users write


def test_a_function_decides_what_is_launched(serve):
    app = ServeAPI(access=None)

    @app.enter("/ask", form=Enquiry, summary="Asks", tags=["x"], author="ada", deprecated=True)
    async def enquire(request, inputs):
        """Doubles how many there are."""
        return Launch(request, samples.double, inputs={"n": inputs.count, "note": inputs.name})

    client = serve(app)
    run = client.post("/ask", json={"Name": "x", "count": 5}).json()["run"]
    assert ended(client, run)["result"] == 10
    form = client.get("/ask").json()
    assert (form["summary"], form["description"], form["name"]) == (
        "Asks",
        "Doubles how many there are.",
        "enquire",
    )
    operation = client.get("/openapi.json").json()["paths"]["/ask"]["post"]
    assert operation["deprecated"] and operation["x-author"] == "ada" and operation["tags"] == ["x"]


@pytest.mark.parametrize(
    "entrypoint",
    [samples.double, samples.double.function, "tests.serve.samples:double"],
    ids=["flow", "function", "name"],
)
def test_an_entrypoint_is_a_flow_or_a_function_or_where_one_is(serve, entrypoint):
    app = ServeAPI(access=None)

    @app.enter("/")
    def start(request, inputs):
        return Launch(request, entrypoint, inputs)

    client = serve(app)
    assert ended(client, client.post("/", json={"n": 2}).json()["run"])["result"] == 4


def test_a_model_of_inputs_can_be_handed_on_as_it_is(serve):
    app = ServeAPI(access=None)

    class Numbers(BaseModel):
        n: int

    @app.enter("/numbers", form=Numbers)
    def start(request, inputs):
        return Launch(request, samples.double, inputs)

    client = serve(app)
    assert ended(client, client.post("/numbers", json={"n": 3}).json()["run"])["result"] == 6


def test_a_function_may_refuse_inputs_field_by_field(serve):
    app = ServeAPI(access=None)

    @app.enter("/ask", form=Enquiry)
    def enquire(request, inputs):
        raise InputsError(
            "nobody is called so",
            [Problem("Name", "is unknown")],
            where="/home/ada/secret.py",
            remedy="look at /etc/names",
        )

    client = serve(app)
    answer = client.post("/ask", json={"Name": "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "Name", "message": "is unknown"}]
    assert "secret" not in answer.text and "/etc" not in answer.text
    assert client.post("/ask", json={"Name": ""}).json()["errors"][0]["field"] == "Name"


def test_a_function_that_blocks_holds_up_nobody(serve):
    app = ServeAPI(access=None)
    entered, go_on = threading.Event(), threading.Event()

    @app.enter("/slow")
    def slow(request, inputs):
        entered.set()
        assert go_on.wait(20)
        return Launch(request, samples.double, {"n": 1})

    client = serve(app)
    thread = threading.Thread(target=lambda: client.post("/slow", json={}))
    thread.start()
    assert entered.wait(20)
    assert client.get("/health").json() == {"status": "ok"}
    go_on.set()
    thread.join(20)


# --- problems


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (RuntimeError("the password is hunter2"), 500, "the service failed; its log says why"),
        (
            CaptureError("name x is gone", where="/home/ada/cell 3"),
            500,
            "the service failed; its log says why",
        ),
        (HTTPException(418, "no coffee"), 418, "no coffee"),
        (HTTPException(402, {"price": 3}), 402, "Payment Required"),
    ],
    ids=["unexpected", "ours", "http", "http with more"],
)
def test_errors_are_problems_and_tell_no_more_than_a_client_may_know(serve, error, status, told):
    app = ServeAPI(access=None)

    @app.enter("/fail")
    def fail(request, inputs):
        raise error

    client = serve(app)
    answer = client.post("/fail", json={})
    assert answer.status_code == status and answer.headers["content-type"] == PROBLEM
    assert answer.json()["detail"] == told and answer.json()["status"] == status
    assert "hunter2" not in answer.text and "ada" not in answer.text and "Traceback" not in answer.text
    assert client.get("/health").status_code == 200


def test_an_endpoint_that_returns_something_else_is_told_in_the_log_only(serve, caplog):
    app = ServeAPI(access=None)

    @app.enter("/wrong")
    def wrong(request, inputs):
        return {"n": 1}

    client = serve(app)
    assert client.post("/wrong", json={}).status_code == 500
    assert "returned dict instead of a Launch" in caplog.text


def test_what_the_router_refuses_is_a_problem_too(client):
    missing = client.get("/nothing")
    assert missing.status_code == 404 and missing.headers["content-type"] == PROBLEM
    wrong = client.put("/double")
    assert wrong.status_code == 405 and wrong.headers["content-type"] == PROBLEM
    assert set(wrong.headers["allow"].split(", ")) == {"GET", "POST"}


def test_a_response_that_may_have_no_body_has_none(serve):
    app = ServeAPI(access=None)

    @app.get("/same")
    def same():
        raise HTTPException(304)

    answer = serve(app).get("/same")
    assert answer.status_code == 304 and not answer.content


# --- whose runs


def test_runs_of_other_flows_are_not_there(client):
    other = kb.flow(samples.fails.function).submit()
    other.wait(20)
    for path in ("", "/events", "/result", "/locks"):
        answer = client.get(f"/runs/{other.id}{path}")
        assert answer.status_code == 404, path
        assert answer.json()["detail"] == f"there is no run {other.id!r}"
    assert client.post(f"/runs/{other.id}/cancel").status_code == 404
    assert client.post(f"/runs/{other.id}/retry").status_code == 404
    assert client.post(f"/runs/{other.id}/locks/flow.1", json={}).status_code == 404
    assert client.get("/runs").json() == client.get("/runs?flow=fails").json() == []


@pytest.mark.parametrize("name", ["last", "{run:.4}", "%00", "..", "' OR 1=1"])
def test_a_run_has_to_be_named_by_its_whole_id(client, name):
    run = client.post("/double", json={"n": 1}).json()["run"]
    assert client.get(f"/runs/{name.replace('{run:.4}', run[:4])}").status_code == 404


def test_what_an_endpoint_has_launched_is_known_to_all_replicas(serve):
    def replica():
        app = ServeAPI(access=None)

        @app.enter("/place")
        def choose(request, inputs):
            return Launch(request, "tests.serve.samples:place", inputs)

        return serve(app)

    one, other = replica(), replica()
    run = one.post("/place", json={}).json()["run"]
    assert ended(other, run)["result"] == {"Name": "here", "when": "2026-01-31"}
    assert [each["id"] for each in other.get("/runs").json()] == [run]


# --- where it is served


def test_links_lead_to_where_the_application_is_mounted(serve):
    app = ServeAPI(access=None)
    app.include(samples.double)
    client = serve(Starlette(routes=[Mount("/agents/sums", app)]), lifespan="off")
    answer = client.post("/agents/sums/double", json={"n": 1})
    assert answer.json()["links"]["self"] == f"/agents/sums/runs/{answer.json()['run']}"
    assert client.get(answer.headers["location"]).json()["flow"] == "double"
    assert client.get("/agents/sums/openapi.json").json()["servers"] == [{"url": "/agents/sums"}]


def test_links_respect_the_root_path_of_the_server(serve):
    app = ServeAPI(access=None)
    app.include(samples.double)
    client = serve(app, root_path="/proxied")
    assert client.post("/double", json={"n": 1}).headers["location"].startswith("/proxied/runs/")


def test_a_page_of_another_origin_may_call_only_where_that_is_wanted(serve):
    app = ServeAPI(access=None, origins=["https://panel.example"])
    app.include(samples.double)
    client = serve(app)
    asked = {"origin": "https://panel.example", "access-control-request-method": "POST"}
    assert client.options("/double", headers=asked).headers["access-control-allow-origin"] == asked["origin"]
    assert client.options("/double", headers=asked | {"origin": "https://evil.example"}).status_code == 400


def test_a_larger_body_than_allowed_is_refused(serve):
    app = ServeAPI(access=None, body=100)
    app.include(samples.double)
    client = serve(app)
    answer = client.post("/double", json={"n": 1, "note": "x" * 200})
    assert answer.status_code == 413 and answer.headers["content-type"] == PROBLEM


# --- access


def test_a_service_without_access_control_has_to_say_so(monkeypatch, home):
    monkeypatch.delenv("KODONB_NO_AUTH", raising=False)
    with pytest.raises(ServiceError) as caught:
        ServeAPI()
    assert caught.value.code == "KN711"
    monkeypatch.setenv("KODONB_NO_AUTH", "1")
    ServeAPI()


def test_every_route_but_health_takes_a_token(serve):
    class Nobody:
        async def caller(self, token):
            return None

    app = ServeAPI(access=Nobody())
    app.include(samples.double)
    client = serve(app)
    described = app.openapi()["paths"]
    for path, operations in described.items():
        for method in operations:
            url = path.replace("{run}", "0" * 14).replace("{lock}", "flow.1")
            expected = {"/health": {200}, "/ready": {200, 503}}.get(
                path, {204} if method == "options" else {401}
            )
            assert client.request(method, url).status_code in expected, (method, path)
    assert client.get("/openapi.json").status_code == 401
    assert client.get("/docs").status_code == 404


def test_scopes_open_what_they_name_and_nothing_else(serve):
    class Named:
        async def caller(self, token):
            return Caller(token, frozenset({Scope(token)}))

    app = ServeAPI(access=Named())
    app.include(samples.double)
    client = serve(app)
    path = "/runs/" + "0" * 14

    def status(scope, method, url):
        return client.request(method, url, headers={"authorization": f"Bearer {scope}"}).status_code

    assert status("run", "POST", "/double") == 422 and status("read", "POST", "/double") == 403
    assert status("read", "GET", "/double") == 200 and status("run", "GET", "/double") == 403
    assert status("read", "GET", "/metrics") == 200 and status("answer", "GET", "/metrics") == 403
    assert status("read", "GET", "/openapi.json") == 200
    assert (
        status("answer", "POST", f"{path}/locks/x") == 404 and status("run", "POST", f"{path}/locks/x") == 403
    )
    assert (
        status("run", "POST", f"{path}/cancel") == 404 and status("answer", "POST", f"{path}/cancel") == 403
    )
    assert status("admin", "POST", f"{path}/retry") == 404


# --- health


def test_what_a_user_wants_around_the_life_of_the_application_is_there(serve):
    lived = []

    @asynccontextmanager
    async def lifespan(app):
        lived.append("up")
        yield {"greeting": "hello"}
        lived.append("down")

    app = ServeAPI(access=None, lifespan=lifespan)

    @app.get("/greeting")
    def greet(request: Request) -> str:
        return request.state.greeting

    with served(app) as url:
        assert httpx.get(f"{url}/greeting").json() == "hello"
    assert lived == ["up", "down"]


def test_a_service_is_ready_when_its_runs_can_be_reached(client):
    assert client.get("/ready").json() == {"status": "ready"}


def test_a_service_is_not_ready_when_its_code_cannot_be_captured(serve):
    app = ServeAPI(access=None)
    lock = threading.Lock()

    @kb.flow
    def locked() -> None:
        lock.acquire()

    app.include(locked)
    answer = serve(app).get("/ready")
    assert answer.status_code == 503 and answer.headers["content-type"] == PROBLEM
    assert "lock" not in answer.json()["detail"]


def test_a_service_is_not_ready_without_its_log(serve, inline):
    app = ServeAPI(access=None)
    app.include(samples.double)
    client = serve(app)
    assert client.get("/ready").status_code == 200
    with inline.log.writing() as connection:
        connection.exec_driver_sql("DROP TABLE cache")
    answer = client.get("/ready")
    assert answer.status_code == 503
    assert str(inline.log.url).removeprefix("sqlite:///") not in answer.text
    assert client.get("/health").status_code == 200


def test_a_slow_look_is_waited_for_a_moment_only(monkeypatch, inline):
    """Who asks whether a service is ready gives up after a second; the look goes on, and its answer is there then."""
    app = ServeAPI(access=None)
    go_on = threading.Event()
    monkeypatch.setattr(inline, "ready", lambda: go_on.wait(20))

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            first = await client.get("/ready")
            go_on.set()
            second = await client.get("/ready")
        return first, second

    first, second = asyncio.run(ask())
    assert first.status_code == 503 and first.headers["retry-after"] == "2"
    assert second.json() == {"status": "ready"}


# --- what it costs


def test_importing_the_room_loads_neither_ray_nor_a_database():
    program = (
        "import sys, threading, kodonb.serve; "
        "heavy = {'ray', 'pandas', 'sqlalchemy', 'IPython', 'zmq', 'opentelemetry.sdk'} & set(sys.modules); "
        "assert not heavy, heavy; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_code_of_a_flow_is_captured_once(serve, monkeypatch):
    import kodonb.capture

    captured = []
    real = kodonb.capture.capture
    monkeypatch.setattr(kodonb.capture, "capture", lambda flow: captured.append(flow) or real(flow))
    app = ServeAPI(access=None)
    app.include(samples.double)
    client = serve(app)
    assert client.get("/ready").status_code == 200
    for n in range(3):
        assert client.post("/double", json={"n": n}).status_code == 202
    assert captured == [samples.double]


def test_every_public_name_is_there_and_they_are_sorted():
    import kodonb.serve

    assert all(hasattr(kodonb.serve, name) for name in kodonb.serve.__all__)
    assert kodonb.serve.__all__ == sorted(kodonb.serve.__all__)
