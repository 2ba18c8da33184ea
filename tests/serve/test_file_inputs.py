"""Files as inputs of runs."""

from __future__ import annotations

import pytest
from filelock import FileLock
from pydantic import BaseModel

import kodonb as kb
from kodonb.model.errors import InputsError
from kodonb.serve import ServeAPI
from kodonb.serve.access.callers import ANYBODY
from kodonb.serve.access.keys import Keys
from kodonb.serve.files import routes as files
from kodonb.serve.files.uploads import Limits, Uploads
from tests.serve.sending import BODY, LONG, application, bearing, begin, content, more


@pytest.fixture
def folder(home):
    return home / "uploads"


@pytest.fixture
def uploads(folder):
    return Uploads()


@pytest.fixture
def client(serve, uploads):
    return serve(application(uploads))


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys.json")


# --- as inputs


class Inner(BaseModel):
    blob: bytes
    more: list[Inner] = []


Other = tuple[int, bytes] | dict[str, bytes] | dict[str, str] | str


@kb.flow
def takes(data: bytes, rest: list[bytes] | None = None, inner: Inner | None = None, **others: Other) -> int:
    return len(data)


@pytest.fixture
def sent(client):
    """Sends a file, and returns what stands for it."""
    return lambda body: {"file": client.post("/files", content=body).json()["file"]}


def test_files_stand_for_their_content_wherever_bytes_are_taken(sent, uploads):
    a, b = sent(b"\x00a\xff"), sent(b"b")
    inputs = {
        "data": a,
        "rest": [b, "text", a],
        "inner": {"blob": a, "more": [{"blob": b}]},
        "pair": [1, b],
        "named": {"x": a},
    }
    made = files.put_in(inputs, takes.schema, uploads, ANYBODY)
    assert made == {
        "data": b"\x00a\xff",
        "rest": [b"b", "text", b"\x00a\xff"],
        "inner": {"blob": b"\x00a\xff", "more": [{"blob": b"b"}]},
        "pair": [1, b"b"],
        "named": {"x": b"\x00a\xff"},
    }
    assert takes.form.validate(made)["inner"].more[0].blob == b"b"


def test_what_only_looks_like_a_file_is_left_alone(uploads):
    inputs = {"plain": {"file": "x"}, "text": "x", "data": "x", "unknown": {"file": "x"}}
    assert files.put_in(inputs, takes.schema, uploads, ANYBODY) == inputs
    assert files.put_in(inputs, {"type": "object"}, uploads, ANYBODY) == inputs
    assert files.put_in(inputs, {}, uploads, ANYBODY) == inputs


def test_every_file_that_cannot_be_used_is_told_with_its_field(client, sent, uploads):
    place = begin(client, 20)
    more(client, place, 0, b"x" * 10)
    inputs = {
        "data": {"file": "0" * 32},
        "rest": [sent(b"good"), {"file": "../../keys.json"}, {"file": 17}, {"file": None}],
        "inner": {"blob": {"file": place.rpartition("/")[2]}},
    }
    with pytest.raises(InputsError) as told:
        files.put_in(inputs, takes.schema, uploads, ANYBODY)
    assert told.value.code == "KN010"
    assert [(each.field, each.message) for each in told.value.problems] == [
        ("data", "there is no such file"),
        ("rest.1", "there is no such file"),
        ("rest.2", "there is no such file"),
        ("rest.3", "there is no such file"),
        ("inner.blob", "10 of 20 bytes have arrived"),
    ]


def test_a_file_that_is_being_sent_cannot_be_used_yet(client, uploads, folder):
    place = begin(client)
    with FileLock(folder / place.rpartition("/")[2] / "lock"), pytest.raises(InputsError) as told:
        content(uploads, place)
    assert told.value.problems[0].message == "another request sends this file"


def test_files_of_a_launch_are_bounded_together(serve, folder):
    uploads = Uploads(folder, Limits(file=1000))
    client = serve(application(uploads))
    file = {"file": client.post("/files", content=b"x" * 600).json()["file"]}
    with pytest.raises(InputsError) as told:
        files.put_in({"rest": [file, file]}, takes.schema, uploads, ANYBODY)
    assert [each.field for each in told.value.problems] == ["rest.1"]


def test_inputs_that_are_nested_without_end_are_refused(uploads):
    deep = {"blob": "x"}
    for _ in range(5000):
        deep = {"blob": "x", "more": [deep]}
    with pytest.raises(InputsError):
        files.put_in({"inner": deep}, takes.schema, uploads, ANYBODY)


def test_a_run_gets_the_bytes_of_a_file(sent, uploads, inline):
    inputs = files.put_in({"data": sent(BODY)}, takes.schema, uploads, ANYBODY)
    assert takes.submit(**inputs).result(20) == len(BODY)


# --- in a service


@pytest.fixture
def service(serve, keys):
    app = ServeAPI(access=keys, origins=["https://front.example"])
    app.include(takes)
    return serve(app)


def launched(client, inputs, headers):
    run = client.post("/takes", json=inputs, headers=headers).json()["run"]
    return client.get(f"/runs/{run}/result?wait=20", headers=headers).json()["result"]


def test_a_service_launches_runs_with_files_that_the_caller_has_sent(service, keys):
    mine = bearing(keys.create("me", ["run", "read"]))
    place = begin(service, len(LONG), **mine)
    more(service, place, 0, LONG[:1000], **mine)
    file = {"file": place.rpartition("/")[2]}
    refused = service.post("/takes", json={"data": file}, headers=mine)
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"field": "data", "message": f"1,000 of {len(LONG):,} bytes have arrived"}
    ]
    more(service, place, 1000, LONG[1000:], **mine)
    assert launched(service, {"data": file}, mine) == len(LONG)
    assert launched(service, {"data": "as text"}, mine) == 7


def test_a_service_launches_nothing_with_files_of_others(service, keys):
    mine, yours = (bearing(keys.create(name, ["run", "read"])) for name in ("me", "you"))
    told = service.post("/files", content=BODY, headers=mine).json()
    answer = service.post("/takes", json={"data": {"file": told["file"]}}, headers=yours)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "data", "message": "there is no such file"}]
    assert launched(service, {"data": {"file": told["file"]}}, mine) == len(BODY)


def test_pages_of_an_origin_that_may_call_a_service_may_send_files_and_others_may_not(service):
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "tus-resumable"}
    allowed = service.options("/files/x", headers={**asked, "Origin": "https://front.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://front.example"
    assert "PATCH" in allowed.headers["access-control-allow-methods"]
    refused = service.options("/files/x", headers={**asked, "Origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in refused.headers
    seen = service.options("/files", headers={"Origin": "https://front.example"})
    assert "Upload-Offset" in seen.headers["access-control-expose-headers"]
