"""Files that runs leave, whole and in part."""

from __future__ import annotations

import hashlib
import json
import pickle

import numpy as np
import pytest
from fastapi import FastAPI

import kodonb as kb
from kodonb.serve.access.keys import Keys
from kodonb.serve.files import routes as files
from kodonb.serve.files.uploads import Uploads
from kodonb.serve.problems import explain
from kodonb.serve.runs.owned import Owned
from tests.serve.raw import Connection

PAGE = "<script>alert(1)</script>" + "<p>page</p>" * 10_000
LETTERS = ("abcdefghijklmnopqrstuvwxyz" * 200_000)[:5_000_000]


class Shown:
    """Shows itself in several ways."""

    def _repr_mimebundle_(self, **_):
        return {
            "text/html": PAGE,
            "image/svg+xml": f"<svg>{'x' * 100_000}</svg>",
            "application/json": {"rows": list(range(50_000))},
            "image/png": b"\x89PNG" + bytes(100_000),
            "text/plain": "small",
        }


@kb.flow
def leaves(letters: str = "", claimed: str = ""):
    """Leaves files of every sort."""
    kb.display(Shown())
    kb.display("small")
    kb.result({"large": letters})
    kb.result({"small": 1})
    for name in ("../../etc/passwd", 'a"b\r\nX: y.html', "données.csv", None):
        kb.emit("upload", {"name": name, "bytes": 3, "type": "text/html; charset=x", "artifact": claimed})
    kb.emit("upload", {"artifact": "../../../etc/passwd", "bytes": 3})
    kb.emit("upload", ["artifact"])
    return np.arange(20_000)


@kb.flow
def other(text: str = ""):
    """Belongs to another service."""
    return {"text": text}


def application(access=None):
    app, owned = FastAPI(), Owned()
    owned.add("leaves")
    explain(app)
    app.include_router(files.router(access, Uploads(), owned))
    return app


@pytest.fixture
def run(inline):
    claimed = inline.artifacts.put(b"abc")
    made = leaves.submit(letters=LETTERS, claimed=claimed)
    made.wait(30)
    assert made.status == "finished", made.record.reason
    return made


@pytest.fixture
def client(serve, run):
    return serve(application())


@pytest.fixture
def letters(client, run):
    """Where a large text is found, and its bytes."""
    [found] = [each for each in client.get(f"/runs/{run.id}/files").json() if each["kind"] == "result"]
    return found["links"]["self"], json.dumps({"large": LETTERS}, separators=(",", ":")).encode()


def test_the_files_of_a_run_are_listed(client, run):
    listed = client.get(f"/runs/{run.id}/files").json()
    at = {each["kind"]: each["offset"] for each in listed}
    told = [(each["kind"], each["name"], each["type"]) for each in listed]
    assert told == [
        ("display", f"display-{at['display']}.html", "text/html"),
        ("display", f"display-{at['display']}.svg", "image/svg+xml"),
        ("display", f"display-{at['display']}.json", "application/json"),
        ("display", f"display-{at['display']}.png", "image/png"),
        ("result", f"result-{at['result']}.json", "application/json"),
        ("upload", "passwd", "text/html"),
        ("upload", 'a"bX: y.html', "text/html"),
        ("upload", "données.csv", "text/html"),
        ("upload", f"upload-{at['upload']}.html", "text/html"),
        ("final", f"final-{at['final']}.pickle", "application/octet-stream"),
    ]
    for each in listed:
        assert each["links"]["self"] == f"/runs/{run.id}/files/{each['sha256']}"


def test_each_file_is_fetched_as_it_is(client, run):
    for each in client.get(f"/runs/{run.id}/files").json():
        answer = client.get(each["links"]["self"])
        assert answer.status_code == 200
        assert hashlib.sha256(answer.content).hexdigest() == each["sha256"]
        assert len(answer.content) == each["size"] == int(answer.headers["content-length"])
    [html, _, table, png] = [
        client.get(each["links"]["self"])
        for each in client.get(f"/runs/{run.id}/files").json()
        if each["kind"] == "display"
    ]
    assert html.text == PAGE and png.content.startswith(b"\x89PNG") and len(table.json()["rows"]) == 50_000
    final = client.get(f"/runs/{run.id}/files").json()[-1]
    assert (pickle.loads(client.get(final["links"]["self"]).content) == np.arange(20_000)).all()


def test_nothing_that_is_fetched_can_run_in_a_browser(client, run):
    for each in client.get(f"/runs/{run.id}/files").json():
        told = client.get(each["links"]["self"]).headers
        assert told["x-content-type-options"] == "nosniff"
        assert told["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert told["content-disposition"].startswith("attachment; ")
        assert told["cache-control"] == "private, no-cache"


def test_names_are_told_so_that_no_header_breaks(client, run):
    found = {
        each["name"]: client.get(each["links"]["self"]).headers["content-disposition"]
        for each in client.get(f"/runs/{run.id}/files").json()
        if each["kind"] != "upload"
    }
    assert all(
        told == f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}" for name, told in found.items()
    )
    from kodonb.serve.files.downloads import _disposition

    assert _disposition('a"b;\\ é.csv') == (
        "attachment; filename=\"a_b__ _.csv\"; filename*=UTF-8''a%22b%3B%5C%20%C3%A9.csv"
    )


RANGES = {
    "the first byte": ("bytes=0-0", 0, 1),
    "some in the middle": ("bytes=100-2000099", 100, 2_000_100),
    "up to the end": ("bytes=5000000-", 5_000_000, None),
    "more than there is": ("bytes=5000000-999999999", 5_000_000, None),
    "the last ones": ("bytes=-10", -10, None),
    "more of the last than there is": ("bytes=-999999999", 0, None),
    "all of it": ("bytes=0-", 0, None),
    "in other letters": ("Bytes = 1-2", 1, 3),
}


@pytest.mark.parametrize(("asked", "start", "end"), RANGES.values(), ids=RANGES)
def test_a_part_is_fetched_by_its_range(client, letters, asked, start, end):
    place, body = letters
    answer = client.get(place, headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.content == body[start:end]
    first = start % len(body)
    last = first + len(body[start:end]) - 1
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(body)}"
    assert int(answer.headers["content-length"]) == len(body[start:end])


@pytest.mark.parametrize(
    "asked", ["bytes=5000012-", "bytes=9999999-99999999", "bytes=-0", f"bytes={10**17}-"]
)
def test_a_range_out_of_bounds_is_refused_with_the_size(client, letters, asked):
    place, body = letters
    answer = client.get(place, headers={"Range": asked})
    assert len(body) == 5_000_012
    assert answer.status_code == 416 and answer.headers["content-range"] == f"bytes */{len(body)}"
    assert answer.headers["content-type"] == "application/problem+json"


ODD = [
    "bytes=5-2",
    "bytes=0-1,5-6",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "lines=0-1",
    "bytes=1-2x",
    f"bytes={10**30}-",
]


@pytest.mark.parametrize("asked", ODD)
def test_what_is_no_single_range_gets_all_of_it(client, letters, asked):
    place, body = letters
    answer = client.get(place, headers={"Range": asked})
    assert answer.status_code == 200 and answer.content == body


def test_a_part_is_fetched_only_if_the_rest_is_of_the_same_file(client, letters):
    place, body = letters
    etag = client.head(place).headers["etag"]
    assert etag == f'"{hashlib.sha256(body).hexdigest()}"'
    asked = {"Range": "bytes=0-9"}
    assert client.get(place, headers={**asked, "If-Range": etag}).content == body[:10]
    for unlike in ('"other"', f"W/{etag}", "Sat, 21 Nov 2026 10:00:00 GMT"):
        answer = client.get(place, headers={**asked, "If-Range": unlike})
        assert answer.status_code == 200 and len(answer.content) == len(body)


def test_a_file_that_a_client_has_is_not_sent_again(client, letters):
    place, _ = letters
    etag = client.head(place).headers["etag"]
    for told in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        answer = client.get(place, headers={"If-None-Match": told})
        assert answer.status_code == 304 and answer.content == b"" and answer.headers["etag"] == etag
    assert client.get(place, headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_fetch_that_was_cut_off_goes_on_where_it_ended(client, letters):
    place, body = letters
    got = b""
    while len(got) < len(body):
        with Connection(client.base_url) as raw:
            raw.head("GET", place, {"Range": f"bytes={len(got)}-", "Connection": "close"})
            told = b""
            while b"\r\n\r\n" not in told:
                told += raw.socket.recv(1000)
            assert told.startswith(b"HTTP/1.1 206")
            part = told.partition(b"\r\n\r\n")[2]
            while len(part) < 1_500_000 and (more := raw.socket.recv(65536)):
                part += more
            got += part
    assert got == body


def test_the_head_alone_tells_the_size(client, letters):
    place, body = letters
    answer = client.head(place, headers={"Range": "bytes=0-9"})
    assert answer.status_code == 200 and answer.content == b""
    assert int(answer.headers["content-length"]) == len(body) and answer.headers["accept-ranges"] == "bytes"


def test_only_files_of_that_run_are_fetched(client, run, inline):
    secret = inline.artifacts.put(b"of somebody else")
    later = leaves.submit()
    later.wait(30)
    [mine] = [each for each in client.get(f"/runs/{run.id}/files").json() if each["kind"] == "result"]
    for name in (secret, mine["sha256"]):
        answer = client.get(f"/runs/{later.id}/files/{name}")
        assert answer.status_code == 404 and answer.json()["detail"] == "the run has left no such file"


@pytest.mark.parametrize(
    "name",
    ["..", "%2e%2e%2fkeys.json", "..%2F..%2Fevents.db", "x", "0" * 63, "A" * 64, "0" * 63 + "%0a", "%00"],
)
def test_what_is_no_digest_is_no_file(client, run, home, name):
    (home / "keys.json").write_text("secret")
    with Connection(client.base_url) as raw:
        raw.head("GET", f"/runs/{run.id}/files/{name}", {})
        got = raw.socket.recv(65536)
    assert got.startswith(b"HTTP/1.1 404") and b"secret" not in got and str(home).encode() not in got


def test_runs_of_other_services_and_no_runs_at_all_have_no_files(client, inline):
    elsewhere = other.submit(text="x" * 100_000)
    elsewhere.wait(30)
    for run in (elsewhere.id, "0" * 14, "last", "%2e%2e%2f"):
        for path in (f"/runs/{run}/files", f"/runs/{run}/files/{'0' * 64}"):
            assert client.get(path).status_code == 404, path


def test_a_file_that_was_pruned_is_told_to_be_gone(client, run, letters, home):
    place, _ = letters
    sha = place.rpartition("/")[2]
    (home / "artifacts" / sha[:2] / sha).unlink()
    answer = client.get(place)
    assert answer.status_code == 410 and answer.json()["code"] == "KN505"
    assert str(home) not in answer.text
    assert client.head(place).status_code == 410


def test_files_of_runs_take_the_scope_read(serve, run, tmp_path):
    keys = Keys(tmp_path / "keys.json")
    client = serve(application(keys))
    for path in (f"/runs/{run.id}/files", f"/runs/{run.id}/files/{'0' * 64}"):
        assert client.get(path).status_code == 401
        runner = {"Authorization": f"Bearer {keys.create(f'r{len(path)}', ['run'])}"}
        assert client.get(path, headers=runner).status_code == 403
    reader = {"Authorization": f"Bearer {keys.create('reader', ['read'])}"}
    assert client.get(f"/runs/{run.id}/files", headers=reader).status_code == 200


def test_a_run_without_files_has_an_empty_list(client, inline):
    small = leaves.submit()
    small.wait(30)
    assert [
        each["kind"] for each in client.get(f"/runs/{small.id}/files").json() if each["kind"] == "result"
    ] == []


def test_many_events_are_looked_through_page_by_page(client, inline):
    @kb.flow(name="leaves")
    def many(text: str):
        for _ in range(450):
            kb.result(1)
        kb.result({"text": text})
        return {"text": text}

    run = many.submit(text="x" * 100_000)
    run.wait(30)
    assert [each["kind"] for each in client.get(f"/runs/{run.id}/files").json()] == ["result", "final"]
