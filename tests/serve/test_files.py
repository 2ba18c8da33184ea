"""Files that callers send, whole and in pieces, and what runs do with them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tracemalloc
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

import kodonb as kb
from kodonb.events.prune import PruneQuery, prune
from kodonb.model.errors import InputsError
from kodonb.model.settings import Settings
from kodonb.serve.access.callers import ANYBODY, Caller, Refused, Scope
from kodonb.serve.access.keys import Keys
from kodonb.serve.files import ranges, tus
from kodonb.serve.files.tus import clean_name, clean_type
from kodonb.serve.files.uploads import Limits, Uploads
from kodonb.session.inline import InlineSession
from tests.serve.raw import Connection
from tests.serve.sending import (
    BODY,
    LONG,
    MORE,
    TUS,
    application,
    bearing,
    begin,
    checksum,
    content,
    more,
    offset,
    places,
    words,
)


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


# --- in one request


def test_a_file_is_sent_in_one_request(client, uploads):
    answer = client.post(
        "/files", params={"name": "x.csv"}, content=BODY, headers={"Content-Type": "text/csv"}
    )
    told = answer.json()
    assert answer.status_code == 201 and answer.headers["location"] == told["links"]["self"]
    assert told == {
        "file": told["file"], "name": "x.csv", "type": "text/csv", "size": len(BODY), "offset": len(BODY),
        "sha256": hashlib.sha256(BODY).hexdigest(), "links": {"self": f"/files/{told['file']}"},
    }  # fmt: skip
    assert content(uploads, told) == BODY
    assert client.get(told["links"]["self"]).json() == told


def test_a_length_need_not_be_announced(client, uploads):
    told = client.post("/files", content=iter([BODY[:1000], BODY[1000:]])).json()
    assert told["size"] == len(BODY) and content(uploads, told) == BODY


def test_a_file_may_be_empty(client, uploads):
    told = client.post("/files").json()
    assert told["size"] == 0 and content(uploads, told) == b""


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_a_file_is_checked_with_its_digest(client, algorithm):
    good = {"Upload-Checksum": checksum(BODY, algorithm)}
    assert client.post("/files", content=BODY, headers=good).status_code == 201
    answer = client.post("/files", content=BODY[:-1] + b"?", headers=good)
    assert answer.status_code == 460 and answer.json()["code"] == "KN710"


def test_of_a_file_that_does_not_come_whole_nothing_is_kept(client, folder):
    with Connection(client.base_url) as raw:
        raw.head("POST", "/files", {"Content-Length": 1000, "Expect": "100-continue"})
        assert raw.socket.recv(12) == b"HTTP/1.1 100"
        raw.send(b"x" * 500)
        assert len(places(folder)) == 1
    while places(folder):
        client.get("/files/none")


def test_a_file_is_never_whole_in_memory(client, uploads):
    piece = b"x" * 2**16
    tracemalloc.start()
    try:
        told = client.post("/files", content=(piece for _ in range(640))).json()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert told["size"] == 40 * 2**20
    assert peak < 16 * 2**20


# --- in several


def test_a_file_is_sent_piece_by_piece(client, uploads):
    place = begin(client, **{"Upload-Metadata": words(filename="données.csv", filetype="text/csv")})
    assert offset(client, place) == 0
    at = 0
    for size in (1, 1000, 0, 3000, len(BODY)):
        answer = more(client, place, at, BODY[at : at + size])
        at = min(len(BODY), at + size)
        assert answer.status_code == 204 and answer.headers["tus-resumable"] == "1.0.0"
        assert int(answer.headers["upload-offset"]) == offset(client, place) == at
    told = client.get(place).json()
    assert (told["name"], told["type"]) == ("données.csv", "text/csv")
    assert told["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert content(uploads, told) == BODY


def test_how_much_has_arrived_is_told_in_headers_that_no_cache_keeps(client):
    place = begin(client, 50, **{"Upload-Metadata": words(filename="a b.txt", filetype="text/plain")})
    told = client.head(place, headers=TUS).headers
    assert (told["upload-offset"], told["upload-length"]) == ("0", "50")
    assert told["cache-control"] == "no-store"
    assert told["upload-metadata"] == words(filename="a b.txt", filetype="text/plain")
    assert told["upload-expires"].endswith(" GMT")


def test_an_upload_may_begin_with_its_first_piece(client, uploads):
    headers = {**MORE, "Upload-Length": str(len(BODY))}
    begun = client.post("/files", content=BODY[:100], headers=headers)
    assert begun.status_code == 201 and begun.headers["upload-offset"] == "100"
    assert more(client, begun.headers["location"], 100, BODY[100:]).status_code == 204
    whole = client.post("/files", content=BODY, headers=headers)
    assert whole.headers["upload-offset"] == str(len(BODY))
    assert content(uploads, whole.headers["location"]) == content(uploads, begun.headers["location"]) == BODY


def test_an_upload_whose_first_piece_is_refused_leaves_nothing(client, folder):
    for body, headers, status in (
        (BODY, {"Upload-Length": "10"}, 413),
        (BODY, {"Upload-Length": str(len(BODY)), "Upload-Checksum": checksum(b"other")}, 460),
    ):
        assert client.post("/files", content=body, headers={**MORE, **headers}).status_code == status
        assert places(folder) == []


def test_an_empty_upload_is_whole_at_once(client, uploads):
    assert content(uploads, begin(client, 0)) == b""


def test_a_client_is_told_what_is_spoken(client):
    told = client.options("/files")
    assert told.status_code == 204
    assert told.headers["tus-version"] == told.headers["tus-resumable"] == "1.0.0"
    assert told.headers["tus-extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert told.headers["tus-max-size"] == str(256 * 2**20)


@pytest.mark.parametrize("method", ["POST", "HEAD", "PATCH", "DELETE"])
def test_another_version_of_the_protocol_is_refused(client, method):
    place = "/files" if method == "POST" else begin(client)
    answer = client.request(method, place, headers={**MORE, "Tus-Resumable": "0.2.2", "Upload-Offset": "0"})
    assert answer.status_code == 412 and answer.headers["tus-version"] == "1.0.0"


WRONG = {
    "no length": ({}, 400),
    "a length later": ({"Upload-Defer-Length": "1"}, 400),
    "a length that is no number": ({"Upload-Length": "x"}, 400),
    "a length below nothing": ({"Upload-Length": "-1"}, 400),
    "a length in other digits": ({"Upload-Length": "١٢".encode()}, 400),
    "a length with a sign": ({"Upload-Length": "+5"}, 400),
    "a length beyond all bounds": ({"Upload-Length": "9" * 30}, 400),
    "a large length": ({"Upload-Length": "9" * 15}, 413),
    "metadata that are no Base64": ({"Upload-Length": "5", "Upload-Metadata": "filename a"}, 400),
    "a checksum that is no Base64": ({"Upload-Length": "5", "Upload-Checksum": "sha256 ä".encode()}, 400),
    "an unknown checksum": ({"Upload-Length": "5", "Upload-Checksum": "crc32 AAAA"}, 400),
}


@pytest.mark.parametrize(("headers", "status"), WRONG.values(), ids=WRONG)
def test_an_upload_that_cannot_begin_leaves_nothing(client, folder, headers, status):
    answer = client.post("/files", headers={**TUS, **headers})
    assert answer.status_code == status and answer.json()["code"] == "KN710"
    assert places(folder) == []


def test_more_of_a_file_must_say_that_it_is_that(client):
    place = begin(client)
    answer = client.patch(
        place, content=b"x", headers={**TUS, "Upload-Offset": "0", "Content-Type": "text/plain"}
    )
    assert answer.status_code == 415
    assert client.patch(place, content=b"x", headers={**TUS, "Upload-Offset": "0"}).status_code == 415
    assert client.patch(place, content=b"x", headers=MORE).status_code == 400
    assert offset(client, place) == 0


@pytest.mark.parametrize("at", [0, 99, 101, 10**14])
def test_who_goes_on_elsewhere_is_told_where_the_file_ended(client, at):
    place = begin(client)
    more(client, place, 0, BODY[:100])
    answer = more(client, place, at, b"x" * 10)
    assert answer.status_code == 409 and answer.headers["upload-offset"] == "100"
    assert offset(client, place) == 100


@pytest.mark.parametrize("announced", [True, False], ids=["announced", "chunked"])
def test_more_than_was_said_is_refused_and_what_was_there_stays(client, uploads, announced):
    place = begin(client)
    more(client, place, 0, BODY[:100])
    rest = BODY[100:] + b"more"
    answer = more(client, place, 100, rest if announced else iter([rest[:3000], rest[3000:]]))
    assert answer.status_code == 413
    assert offset(client, place) == 100
    assert more(client, place, 100, BODY[100:]).status_code == 204
    assert content(uploads, place) == BODY


def test_a_piece_that_does_not_have_its_checksum_is_dropped(client, uploads):
    place = begin(client)
    good = {"Upload-Checksum": checksum(BODY[:100])}
    assert more(client, place, 0, BODY[:100], **good).status_code == 204
    answer = more(client, place, 100, b"?" * 100, **good)
    assert answer.status_code == 460 and offset(client, place) == 100
    last = {"Upload-Checksum": checksum(BODY[100:], "sha1")}
    assert more(client, place, 100, b"?" * len(BODY[100:]), **last).status_code == 460
    assert client.get(place).json()["sha256"] is None
    assert more(client, place, 100, BODY[100:], **last).status_code == 204
    assert content(uploads, place) == BODY


def resumed(client, place, body):
    """Go on as clients do: ask where it ended, try, ask again. Return where it went on."""
    while True:
        at = offset(client, place)
        answer = more(client, place, at, body[at:])
        if answer.status_code == 204:
            return at
        assert answer.status_code == 409


def test_an_upload_goes_on_where_the_connection_was_cut(client, uploads):
    place = begin(client, len(LONG))
    with Connection(client.base_url) as raw:
        raw.head("PATCH", place, {**MORE, "Upload-Offset": 0, "Content-Length": len(LONG)})
        raw.send(LONG[: len(LONG) // 2])
        while (arrived := offset(client, place)) == 0:
            pass
        raw.send(LONG[len(LONG) // 2 :][:1000])
    assert arrived <= resumed(client, place, LONG) <= len(LONG) // 2 + 1000
    assert content(uploads, place) == LONG


def test_a_piece_that_was_to_be_checked_and_was_cut_is_dropped(client, uploads):
    place = begin(client, len(LONG))
    told = {**MORE, "Upload-Offset": 0, "Content-Length": len(LONG), "Upload-Checksum": checksum(LONG)}
    with Connection(client.base_url) as raw:
        raw.head("PATCH", place, told)
        raw.send(LONG[: len(LONG) // 2])
        while offset(client, place) == 0:
            pass
    while (at := offset(client, place)) != 0:
        assert more(client, place, at, LONG[at:]).status_code == 409
    assert resumed(client, place, LONG) == 0
    assert content(uploads, place) == LONG


def test_an_upload_whose_client_falls_silent_goes_on_later(serve, uploads):
    client = serve(application(uploads, patience=0.2))
    place = begin(client)
    with Connection(client.base_url) as raw:
        raw.head("PATCH", place, {**MORE, "Upload-Offset": 0, "Content-Length": len(BODY)})
        raw.send(BODY[:2000])
        assert raw.answer().status == 408
        assert raw.is_closed()
    assert offset(client, place) == 2000
    assert more(client, place, 2000, BODY[2000:]).status_code == 204
    assert content(uploads, place) == BODY


def test_of_two_who_send_the_same_file_one_is_refused(client, uploads):
    place = begin(client)
    with Connection(client.base_url) as raw:
        raw.head(
            "PATCH",
            place,
            {**MORE, "Upload-Offset": 0, "Content-Length": len(BODY), "Expect": "100-continue"},
        )
        assert raw.socket.recv(100).startswith(b"HTTP/1.1 100")
        other = more(client, place, 0, b"other")
        assert other.status_code == 409 and other.json()["code"] == "KN710"
        assert client.delete(place, headers=TUS).status_code == 409
        raw.send(BODY)
        assert raw.answer().status == 204
    assert content(uploads, place) == BODY


def test_a_writer_in_another_process_counts_as_well(client, folder):
    place = begin(client)
    with FileLock(folder / place.rpartition("/")[2] / "lock"):
        assert more(client, place, 0, b"x").status_code == 409
    assert more(client, place, 0, b"x").status_code == 204


def test_a_file_that_is_whole_takes_nothing_more(client, uploads):
    place = begin(client)
    more(client, place, 0, BODY)
    for at, body in ((len(BODY), b""), (len(BODY), b"x"), (0, BODY)):
        assert more(client, place, at, body).status_code == 409
    assert content(uploads, place) == BODY


def test_a_file_that_could_not_be_kept_is_kept_by_the_next_try(client, uploads, home, caplog):
    place, second = begin(client), begin(client)
    shutil.rmtree(home / "artifacts", ignore_errors=True)
    (home / "artifacts").write_text("in the way")
    answer = more(client, place, 0, BODY)
    assert answer.status_code == 503 and str(home) not in answer.text
    assert more(client, second, 0, BODY).status_code == 503
    assert offset(client, place) == len(BODY) and client.get(place).json()["sha256"] is None
    (home / "artifacts").unlink()
    assert more(client, place, len(BODY), b"").status_code == 204
    assert client.get(place).json()["sha256"] == hashlib.sha256(BODY).hexdigest()
    assert content(uploads, second) == BODY  # whoever launches needs no try of the client


# --- whose they are


@pytest.fixture
def guarded(serve, uploads, keys):
    return serve(application(uploads, keys))


def test_only_who_sent_a_file_may_see_use_and_delete_it(guarded, uploads, keys):
    mine, yours = (bearing(keys.create(name, ["run", "read"])) for name in ("me", "you"))
    place = begin(guarded, **mine)
    for method in ("HEAD", "GET", "PATCH", "DELETE"):
        answer = guarded.request(method, place, headers={**MORE, "Upload-Offset": "0", **yours})
        none = guarded.request(method, f"/files/{'0' * 32}", headers={**MORE, "Upload-Offset": "0", **yours})
        assert answer.status_code == none.status_code == 404
        assert answer.text == none.text
    assert more(guarded, place, 0, BODY, **mine).status_code == 204
    assert guarded.get(place, headers=yours).status_code == 404
    run = frozenset({Scope.run})
    assert content(uploads, place, Caller("me", run, "key:me")) == BODY
    with pytest.raises(InputsError):
        content(uploads, place, Caller("me", run, "oidc:me"))  # of the same name, and somebody else
    assert guarded.delete(place, headers=mine).status_code == 204


def test_an_admin_may_see_and_delete_every_file(guarded, keys):
    mine, admins = bearing(keys.create("me", ["run"])), bearing(keys.create("root", ["admin"]))
    place = begin(guarded, **mine)
    assert guarded.get(place, headers=admins).status_code == 200
    assert guarded.delete(place, headers=admins).status_code == 204
    assert guarded.get(place, headers=mine).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/files"),
        ("HEAD", "/files/x"),
        ("GET", "/files/x"),
        ("PATCH", "/files/x"),
        ("DELETE", "/files/x"),
    ],
)
def test_files_take_the_scope_run(guarded, folder, keys, method, path):
    reader = bearing(keys.create("reader", ["read", "answer"]))
    assert guarded.request(method, path, content=b"x").status_code == 401
    assert guarded.request(method, path, content=b"x", headers=reader).status_code == 403
    assert places(folder) == []


def test_a_deleted_file_is_gone_and_its_bytes_go_with_the_next_pruning(client, uploads, home, inline):
    place = begin(client)
    more(client, place, 0, BODY)
    [artifact] = (home / "artifacts").glob("??/*")
    os.utime(artifact, (0, 0))
    prune(inline.log, inline.artifacts, PruneQuery(before=0))
    assert artifact.exists()  # it is still a file of somebody
    assert client.delete(place, headers=TUS).status_code == 204
    assert client.head(place, headers=TUS).status_code == client.delete(place, headers=TUS).status_code == 404
    with pytest.raises(InputsError):
        content(uploads, place)
    prune(inline.log, inline.artifacts, PruneQuery(before=0))
    assert not artifact.exists()


def test_an_upload_that_is_deleted_on_its_way_leaves_nothing(client, folder):
    place = begin(client)
    more(client, place, 0, b"x")
    assert client.delete(place, headers=TUS).status_code == 204
    assert places(folder) == []
    assert more(client, place, 1, b"x").status_code == 404


def test_a_file_that_has_arrived_is_known_to_replicas_that_do_not_see_the_folder(client, tmp_path):
    told = client.post("/files", content=BODY).json()
    other = Uploads(tmp_path / "elsewhere")
    assert content(other, told) == BODY
    other.remove(other.find(told["file"], ANYBODY))
    assert client.get(told["links"]["self"]).status_code == 404


# --- names


OUTSIDE = [
    "..", ".", "%2e%2e", "%2e%2e%2f%2e%2e%2fkeys.json", "..%2Fkeys.json", "..%5ckeys.json", "%2Fetc%2Fpasswd",
    "x%00", "0" * 31, "0" * 33, "0" * 31 + "G", "A" * 32, "0" * 31 + "%0a", "%F0%9D%9F%98" * 32, ".lock",
    "0" * 30 + "%2f0", "..;/keys.json", "con", "*", "~root", "%252e%252e%252fkeys.json",
]  # fmt: skip


@pytest.mark.parametrize("method", ["HEAD", "GET", "PATCH", "DELETE"])
def test_no_id_leads_anywhere_else(client, home, method):
    (home / "keys.json").write_text("secret")
    place = begin(client)
    before = sorted(home.rglob("*"))
    for path in OUTSIDE:
        with Connection(client.base_url) as raw:  # as it is: a library would tidy it up
            raw.head(method, f"/files/{path}", {**MORE, "Upload-Offset": 0, "Content-Length": 0})
            got = raw.socket.recv(65536)
        assert got.startswith((b"HTTP/1.1 404", b"HTTP/1.1 405")), path
        assert b"secret" not in got and str(home).encode() not in got
    assert sorted(home.rglob("*")) == before
    assert offset(client, place) == 0


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "/etc/passwd": "passwd",
    "C:\\x.txt": "x.txt",
    "..": "file",
    ".": "file",
    "": "file",
    "a/": "file",
    " \t ": "file",
    "x\x00y\r\nSet-Cookie: a=b": "xySet-Cookie: a=b",
    "gnp\u202efdp.exe": "gnpfdp.exe",
    "données.csv": "données.csv",
    ".bashrc": ".bashrc",
    "a" * 500: "a" * 200,
    'a"b;c=d': 'a"b;c=d',
}


@pytest.mark.parametrize(("given", "kept"), NAMES.items(), ids=[repr(name)[:20] for name in NAMES])
def test_a_name_is_for_reading_and_never_a_path(client, home, given, kept):
    assert clean_name(given) == kept
    place = begin(client, 1, **{"Upload-Metadata": words(filename=given)})
    more(client, place, 0, b"x")
    assert client.get(place).json()["name"] == kept
    names = {path.name for path in home.rglob("*")}
    assert not names & {"passwd", "win.ini", "x.txt", ".bashrc", kept}
    assert client.post("/files", params={"name": given}, content=b"x").json()["name"] == kept


@pytest.mark.parametrize(
    ("given", "kept"),
    {
        "text/csv; charset=utf-8": "text/csv",
        "IMAGE/PNG": "image/png",
        "text/html\r\nX: y": "application/octet-stream",
        "nothing": "application/octet-stream",
        "a/b/c": "application/octet-stream",
        "": "application/octet-stream",
    }.items(),
)
def test_a_type_that_is_none_says_nothing(given, kept):
    assert clean_type(given) == kept


# --- how much


def limited(serve, folder, **limits):
    return serve(application(Uploads(folder, Limits(**limits))))


def test_a_file_may_have_so_many_bytes(serve, folder):
    client = limited(serve, folder, file=1000)
    assert client.post("/files", content=b"x" * 1000).status_code == 201
    for body in (b"x" * 1001, iter([b"x" * 600, b"x" * 600])):
        answer = client.post("/files", content=body)
        assert answer.status_code == 413 and answer.json()["code"] == "KN710"
    assert client.post("/files", headers={**TUS, "Upload-Length": "1001"}).status_code == 413
    assert client.options("/files").headers["tus-max-size"] == "1000"
    assert len(places(folder)) == 1


def test_an_announced_length_that_is_too_large_is_refused_before_anything_is_sent(serve, folder):
    client = limited(serve, folder, file=1000)
    with Connection(client.base_url) as raw:
        raw.head("POST", "/files", {"Content-Length": 10**14})
        assert raw.answer().status == 413


def test_a_caller_may_send_so_much_and_others_as_well(serve, folder, keys):
    client = serve(application(Uploads(folder, Limits(caller=1000)), keys))
    mine, yours = (bearing(keys.create(name, ["run"])) for name in ("me", "you"))
    assert client.post("/files", content=b"x" * 600, headers=mine).status_code == 201
    begun = begin(client, 300, **mine)
    refused = client.post("/files", content=b"x" * 200, headers=mine)
    assert (
        refused.status_code == 413 and refused.json()["detail"] == "you may send 1,000 bytes within 24 hours"
    )
    assert client.post("/files", content=b"x" * 200, headers=yours).status_code == 201
    client.delete(begun, headers={**TUS, **mine})
    assert client.post("/files", content=b"x" * 200, headers=mine).status_code == 201


def test_a_caller_may_send_so_many_files(serve, folder):
    client = limited(serve, folder, files=2)
    assert [client.post("/files", content=b"x").status_code for _ in range(3)] == [201, 201, 413]


def test_all_callers_together_may_send_so_much(serve, folder):
    client = limited(serve, folder, total=1000)
    begin(client, 900)
    answer = client.post("/files", content=b"x" * 200)
    assert answer.status_code == 507 and answer.headers["retry-after"] == "3600"


def test_what_does_not_arrive_goes_after_a_while_and_makes_room(serve, folder):
    client = limited(serve, folder, total=1000)
    place = begin(client, 900)
    more(client, place, 0, b"x" * 100)
    [path] = places(folder)
    os.utime(path / "data", (0, 0))
    assert client.head(place, headers=TUS).status_code == 404
    assert more(client, place, 100, b"x").status_code == 404
    begin(client, 900)
    assert len(places(folder)) == 1 and not path.exists()


def test_every_piece_gives_an_upload_new_time(serve, folder):
    client = limited(serve, folder)
    place = begin(client, 900)
    [path] = places(folder)
    os.utime(path / "data", (1e9, (path / "data").stat().st_mtime - 80_000))
    early = client.head(place, headers=TUS).headers["upload-expires"]
    late = more(client, place, 0, b"x").headers["upload-expires"]
    assert early != late


def test_what_has_arrived_counts_for_a_while_and_stays(serve, folder, uploads):
    client = limited(serve, folder, caller=1000)
    told = client.post("/files", content=b"x" * 900).json()
    assert client.post("/files", content=b"x" * 900).status_code == 413
    [path] = places(folder)
    assert sorted(each.name for each in path.iterdir() if each.name != "lock") == ["upload.json"]
    os.utime(path / "upload.json", (0, 0))
    assert client.post("/files", content=b"x" * 900).status_code == 201
    assert content(uploads, told) == b"x" * 900


def test_folders_and_files_are_for_their_owner_alone(client, folder):
    begin(client)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))


def test_damage_in_the_folder_is_no_file_and_goes(client, folder):
    place = begin(client)
    [path] = places(folder)
    (path / "upload.json").write_text("{")
    assert client.head(place, headers=TUS).status_code == 404
    begin(client)
    assert not path.exists()


def test_a_folder_that_cannot_be_written_is_told_without_its_name(serve, home, caplog):
    home.mkdir(exist_ok=True)
    (home / "uploads").write_text("in the way")
    answer = serve(application(Uploads())).post("/files", content=b"x")
    assert answer.status_code == 503 and str(home) not in answer.text


def test_the_folder_is_where_the_environment_says(home, tmp_path, monkeypatch):
    assert Uploads().folder == home / "uploads"
    monkeypatch.setenv("KODONB_UPLOADS", str(tmp_path / "here"))
    assert Uploads().folder == tmp_path / "here"


def test_with_postgresql_files_are_in_the_database(serve, home, postgres):
    kb.connect(InlineSession(Settings(home=home, store=postgres)))
    uploads = Uploads()
    client = serve(application(uploads))
    place = begin(client)
    more(client, place, 0, BODY[:100])
    assert more(client, place, 100, BODY[100:]).status_code == 204
    assert content(Uploads(Path("/nowhere")), place) == BODY
    assert not (home / "artifacts").exists()
    assert client.delete(place, headers=TUS).status_code == 204
    assert client.get(place).status_code == 404


def test_no_answer_tells_where_files_are_or_who_else_sends_some(client, home, keys):
    place = begin(client)
    answers = [
        client.get(place), client.head(place, headers=TUS), more(client, place, 5, b"x"), more(client, place, 0, BODY),
        client.get(place), client.post("/files", headers=TUS), client.get("/files/nothing"),
    ]  # fmt: skip
    for answer in answers:
        told = json.dumps([answer.text, *answer.headers.items()])
        assert str(home) not in told and "anybody" not in told and "owner" not in told


def test_below_another_path_places_are_told_with_it(serve, uploads):
    client = serve(application(uploads), root_path="/api")
    answer = client.post("/files", content=b"x" * 200)
    assert answer.headers["location"] == f"/api/files/{answer.json()['file']}"


def test_a_library_for_uploads_that_knows_nothing_of_us_gets_on(client, uploads, tmp_path):
    """What tus clients do, by the protocol: ask, begin, send pieces, ask where it ended, go on."""
    with httpx.Client(base_url=client.base_url) as other:
        assert "creation" in other.options("/files").headers["tus-extension"].split(",")
        place = other.post("/files", headers={**TUS, "Upload-Length": "10", "Content-Length": "0"}).headers[
            "location"
        ]
        for at in range(0, 10, 4):
            assert int(other.head(place, headers=TUS).headers["upload-offset"]) == at
            other.patch(place, content=b"0123456789"[at : at + 4], headers={**MORE, "Upload-Offset": str(at)})
    assert content(uploads, place) == b"0123456789"


text = st.text(max_size=30) | st.from_regex(
    r"[0-9]{1,20}|(sha1|sha256|md5) [A-Za-z0-9+/=]{0,12}|bytes=[0-9]*-[0-9]*"
)


@given(told=text)
def test_headers_that_somebody_makes_up_are_read_or_refused(told):
    for read in (tus.checksum, tus.metadata, lambda headers: tus.number(headers, "Upload-Length")):
        headers = dict.fromkeys(("upload-checksum", "upload-metadata", "upload-length"), told)
        with suppress(Refused):
            read(headers)
    assert tus.announced({"content-length": told}) in {None, *([int(told)] if told.isdecimal() else [])}


@given(told=text, size=st.integers(0, 1000))
def test_a_range_is_within_the_file_or_refused(told, size):
    with suppress(Refused):
        span = ranges.asked({"range": told}, size, '"x"')
        assert span is None or 0 <= span.start < span.end <= size


@given(name=st.text(max_size=300))
def test_no_name_leads_anywhere(name):
    kept = clean_name(name)
    assert kept and len(kept) <= 200 and kept not in {".", ".."}
    assert kept.isprintable() and not set(kept) & set("/\\")
