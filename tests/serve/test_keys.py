"""API keys and the file that holds them."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from filelock import FileLock

from kodonb.model.errors import ServiceError, StoreError, UsageError
from kodonb.serve.access import keys as keys_module
from kodonb.serve.access.callers import Refused, Scope
from kodonb.serve.access.keys import Keys, from_environment


@pytest.fixture
def keys(tmp_path):
    return Keys(tmp_path / "keys" / "keys.json")


def caller(keys, token):
    return asyncio.run(keys.caller(token))


def test_a_key_names_its_caller_and_what_they_may_do(keys):
    made = keys.create("ci", ["run", Scope.read])
    found = caller(keys, made)
    assert (found.name, found.scopes, found.who) == ("ci", {Scope.run, Scope.read}, "key:ci")
    assert found.may(Scope.run) and not found.may(Scope.answer) and not found.may(Scope.admin)


def test_an_admin_may_do_everything(keys):
    found = caller(keys, keys.create("root", ["admin"]))
    assert all(found.may(scope) for scope in Scope)


def test_keys_are_long_random_and_never_the_same(keys):
    made = {keys.create(f"k{number}", ["read"]) for number in range(5)}
    assert len(made) == 5
    assert all(key.startswith("knb_") and len(key) == 4 + 43 for key in made)


def test_the_file_does_not_hold_the_key_and_is_for_its_owner_alone(keys):
    made = keys.create("ci", ["run"])
    body = keys.path.read_text()
    assert made not in body and made.removeprefix("knb_") not in body
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert keys.path.parent.stat().st_mode & 0o777 == 0o700
    [kept] = json.loads(body)
    assert set(kept) == {"name", "digest", "scopes", "created", "expires"}


@pytest.mark.parametrize("token", ["", "knb_", "knb_" + "A" * 43, "ci", "é" * 40, "\ud7ff\U0010ffff"])
def test_nobody_has_a_token_that_is_no_key(keys, token):
    keys.create("ci", ["run"])
    assert caller(keys, token) is None


def test_a_digest_out_of_the_file_is_no_key(keys):
    keys.create("ci", ["run"])
    assert caller(keys, keys.all()[0].digest) is None


def test_a_revoked_key_is_worth_nothing_and_its_name_is_free_again(keys):
    old, other = keys.create("ci", ["run"]), keys.create("cd", ["run"])
    keys.revoke("ci")
    assert caller(keys, old) is None
    assert caller(keys, other).name == "cd"
    new = keys.create("ci", ["read"])
    assert caller(keys, new).scopes == {Scope.read}
    assert caller(keys, old) is None


def test_a_key_expires(keys, monkeypatch):
    made = keys.create("ci", ["run"], lifetime=3600)
    assert caller(keys, made).name == "ci"

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(hours=1)

    monkeypatch.setattr(keys_module, "datetime", Later)
    assert keys.all()[0].expired
    assert caller(keys, made) is None


def test_a_key_that_is_made_for_no_time_at_all_has_expired(keys):
    assert caller(keys, keys.create("ci", ["run"], lifetime=0)) is None


WRONG = {
    "a name that is there": {"name": "ci", "scopes": ["run"]},
    "no scope": {"name": "x", "scopes": []},
    "an unknown scope": {"name": "x", "scopes": ["run", "fly"]},
    "no name": {"name": "", "scopes": ["run"]},
    "a name with a line break": {"name": "a\nb", "scopes": ["run"]},
    "a path": {"name": "../x", "scopes": ["run"]},
    "a long name": {"name": "x" * 65, "scopes": ["run"]},
    "a time without end": {"name": "x", "scopes": ["run"], "lifetime": 1e15},
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_malformed_is_refused_and_changes_nothing(keys, wrong):
    keys.create("ci", ["run"])
    before = keys.path.read_bytes()
    with pytest.raises(UsageError) as told:
        keys.create(**wrong)
    assert told.value.code == "KN005" and told.value.remedy
    assert keys.path.read_bytes() == before


def test_an_unknown_key_cannot_be_revoked(keys):
    with pytest.raises(UsageError, match="no key 'ci'"):
        keys.revoke("ci")


def test_what_another_process_changes_counts_at_once(keys):
    service = Keys(keys.path)
    made = keys.create("ci", ["run"])
    assert caller(service, made).name == "ci"
    keys.revoke("ci")
    assert caller(service, made) is None
    again = keys.create("ci", ["run"])
    assert caller(service, again).name == "ci"
    keys.path.unlink()
    assert caller(service, again) is None


def test_a_file_that_has_not_changed_for_a_while_is_not_read_again(keys, monkeypatch):
    made = keys.create("ci", ["run"])
    os.utime(keys.path, ns=(0, time.time_ns() - 10**10))
    assert caller(keys, made).name == "ci"

    def read(_):
        raise AssertionError("it was read")

    monkeypatch.setattr("pathlib.Path.read_bytes", read)
    assert caller(keys, made).name == "ci"


@pytest.mark.parametrize("age", [0, 10**10], ids=["new", "old"])
def test_a_file_of_the_same_size_time_and_place_is_noticed(keys, age):
    """A key is exchanged for another of equal length, and the clock of the file system has not moved."""
    old = keys.create("ci", ["run"])
    at = time.time_ns() - age
    os.utime(keys.path, ns=(at, at))
    service = Keys(keys.path)
    assert caller(service, old).name == "ci"
    before = keys.path.stat()
    keys.revoke("ci")
    new = keys.create("ci", ["run"])
    os.utime(keys.path, ns=(at, at))
    after = keys.path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert caller(service, old) is None and caller(service, new).name == "ci"


def _make_keys(path, first):
    for number in range(first, first + 10):
        Keys(path).create(f"k{number}", ["run"])


def test_two_writers_at_a_time_lose_nothing(keys):
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_make_keys, args=(keys.path, first)) for first in (0, 10)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert {key.name for key in keys.all()} == {f"k{number}" for number in range(20)}


def test_who_waits_too_long_for_another_writer_is_told(keys, monkeypatch):
    keys.create("ci", ["run"])
    monkeypatch.setattr(keys_module, "_PATIENCE", 0.05)
    with FileLock(keys.path.with_name(".keys.json.lock")), pytest.raises(StoreError) as told:
        keys.create("cd", ["run"])
    assert told.value.code == "KN504" and "another process" in told.value.message
    assert [key.name for key in keys.all()] == ["ci"]


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(keys, monkeypatch):
    made = keys.create("ci", ["run"])
    names = sorted(path.name for path in keys.path.parent.iterdir())

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        keys.create("cd", ["run"])
    assert caller(keys, made).name == "ci"
    assert sorted(path.name for path in keys.path.parent.iterdir()) == names


DAMAGED = {
    "cut off": b'[{"name": "ci", "dig',
    "no JSON": b"\x00\xff",
    "another shape": b'{"keys": []}',
    "a key without digest": b'[{"name": "ci", "scopes": ["run"], "created": "2026-01-01T00:00:00Z"}]',
    "an unknown scope": b'[{"name":"ci","digest":"","scopes":["fly"],"created":"2026-01-01T00:00:00Z"}]',
    "empty": b"",
}


@pytest.mark.parametrize("body", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_lets_nobody_in_and_is_told_with_its_place(keys, body):
    made = keys.create("ci", ["run"])
    assert caller(keys, made).name == "ci"
    keys.path.write_bytes(body)
    with pytest.raises(ServiceError) as told:
        keys.all()
    assert told.value.code == "KN711" and told.value.where == str(keys.path)
    with pytest.raises(Refused) as refused:
        caller(keys, made)
    assert refused.value.status_code == 503
    assert str(keys.path) not in refused.value.detail
    with pytest.raises(ServiceError):
        keys.create("cd", ["run"])
    assert keys.path.read_bytes() == body


def test_a_mended_file_counts_again(keys):
    made = keys.create("ci", ["run"])
    good = keys.path.read_bytes()
    keys.path.write_bytes(b"[")
    with pytest.raises(ServiceError):
        keys.all()
    keys.path.write_bytes(good)
    assert caller(keys, made).name == "ci"


def test_the_file_is_where_the_environment_says(home, tmp_path, monkeypatch):
    assert keys_module.key_file() == home / "keys.json"
    monkeypatch.setenv("KODONB_KEYS", str(tmp_path / "mine.json"))
    assert keys_module.key_file() == tmp_path / "mine.json"


def test_without_a_file_there_are_no_keys(home):
    assert from_environment() is None


def test_a_file_that_is_named_must_be_there(home, tmp_path, monkeypatch):
    monkeypatch.setenv("KODONB_KEYS", str(tmp_path / "mine.json"))
    with pytest.raises(ServiceError) as told:
        from_environment()
    assert told.value.code == "KN711" and "kodonb keys create" in told.value.remedy


def test_a_damaged_file_is_told_when_the_service_starts(home):
    home.mkdir()
    (home / "keys.json").write_text("[")
    with pytest.raises(ServiceError) as told:
        from_environment()
    assert told.value.code == "KN711"


def test_times_are_kept_in_utc(keys):
    keys.create("ci", ["run"], lifetime=60)
    [key] = keys.all()
    assert key.created.tzinfo == UTC and key.expires - key.created == timedelta(seconds=60)
