from __future__ import annotations

import json
import math
import threading

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kodonb.events.artifacts import FileArtifacts, SqlArtifacts, artifacts_for
from kodonb.events.kept import LIMIT, is_secret, keep, pickled, recall, unpickled
from kodonb.events.sql import SqlLog
from kodonb.model.errors import RunError, StoreError
from kodonb.model.settings import Settings


@pytest.fixture(params=["file", "postgresql"])
def artifacts(request, tmp_path):
    if request.param == "file":
        yield FileArtifacts(tmp_path / "artifacts")
        return
    log = SqlLog(request.getfixturevalue("postgres"))
    yield SqlArtifacts(log)
    log.close()


@pytest.fixture
def files(tmp_path):
    return FileArtifacts(tmp_path / "artifacts")


class Nowhere:
    """Artifacts that are not needed."""

    def put(self, body):
        raise AssertionError("nothing is large here")


class Point(pydantic.BaseModel):
    x: int
    label: str = "p"


def travelled(value, artifacts):
    """Keep a value, send it through JSON as an event does, and recall it."""
    return recall(json.loads(json.dumps(keep(value, artifacts))), artifacts)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_plain_data_comes_back_equal_and_of_the_same_types(value):
    back = travelled(value, Nowhere())
    assert back == value and repr(back) == repr(value)


@pytest.mark.parametrize(
    "value",
    [
        (1, 2),
        {1: "a"},
        {1, 2},
        math.inf,
        2**70,
        b"\x00",
        "\ud800",
        {"deep": [("tuple",)]},
        Point(x=3),
        range(3),
        Point,
    ],
    ids=repr,
)
def test_other_objects_come_back_as_what_they_were(value):
    back = travelled(value, Nowhere())
    assert back == value and type(back) is type(value)


def test_frames_and_arrays_come_back_with_their_types():
    table = pd.DataFrame(
        {"a": [1, 2], "t": pd.to_datetime(["2026-01-01", None], utc=True), "c": pd.Categorical(["x", "y"])}
    )
    pd.testing.assert_frame_equal(travelled(table, Nowhere()), table)
    array = np.arange(6, dtype="float32").reshape(2, 3)
    back = travelled(array, Nowhere())
    assert back.dtype == array.dtype and (back == array).all()
    assert type(travelled(np.float64(1.5), Nowhere())) is np.float64


def test_what_is_kept_says_what_it_is():
    kept = keep(Point(x=3), Nowhere())
    assert kept["type"].endswith("test_kept.Point") and kept["repr"] == "Point(x=3, label='p')"
    assert len(keep(np.arange(2000), Nowhere())["repr"]) <= 500


class Unshowable:
    def __repr__(self):
        raise ZeroDivisionError


def test_an_object_that_cannot_be_shown_can_be_kept():
    kept = keep(Unshowable(), Nowhere())
    assert "ZeroDivisionError" in kept["repr"] and isinstance(recall(kept, Nowhere()), Unshowable)


def test_large_values_become_artifacts(artifacts):
    text, array = "ä" * LIMIT, np.arange(LIMIT)
    as_json, as_pickle = keep(text, artifacts), keep(array, artifacts)
    assert (as_json["how"], as_pickle["how"]) == ("json", "pickle")
    assert as_json["bytes"] == 2 * LIMIT + 2 and len(json.dumps([as_json, as_pickle])) < 5000
    assert recall(as_json, artifacts) == text and (recall(as_pickle, artifacts) == array).all()


def test_a_value_of_just_the_limit_stays_in_the_event():
    assert keep("x" * (LIMIT - 2), Nowhere()) == {"json": "x" * (LIMIT - 2)}


def test_what_cannot_be_pickled_is_refused_by_its_type():
    with pytest.raises(RunError, match="type lock cannot be kept") as caught:
        keep(threading.Lock(), Nowhere())
    assert caught.value.code == "KN312" and caught.value.remedy


def test_what_needs_a_missing_package_is_refused():
    kept = {
        "pickle": "gASVHgAAAAAAAACMDW5vX3N1Y2hfdGhpbmeUjAVUaGluZ5STlC4=",
        "type": "no_such_thing.Thing",
        "repr": "",
    }
    with pytest.raises(RunError, match=r"no_such_thing\.Thing cannot be read here") as caught:
        recall(kept, Nowhere())
    assert caught.value.code == "KN312"


def test_a_finder_decides_which_class_an_object_is_of():
    class Newer(Point):
        pass

    def find(module, name):
        if name == "Point":
            return Newer
        raise LookupError(name)

    assert type(recall(keep([Point(x=1), 2.5], Nowhere()), Nowhere(), find)[0]) is Newer


# --- secrets


class Login(pydantic.BaseModel):
    user: str
    password: pydantic.SecretStr | None = None


class Holder:
    def __init__(self, value):
        self.value = value


HELD = pydantic.SecretStr("hunter2")


@pytest.mark.parametrize(
    "value",
    [
        HELD,
        pydantic.SecretBytes(b"hunter2"),
        pydantic.Secret("hunter2"),
        [1, ("a", {"key": HELD})],
        {HELD},
        Login(user="ada", password=HELD),
        Holder(Holder(HELD)),
        pd.DataFrame({"keys": [HELD, None]}),
        HELD.get_secret_value,
        [HELD] * LIMIT,
        Login(user="x" * LIMIT, password=HELD),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_a_secret_nothing_is_kept_but_a_mark(value):
    kept = keep(value, Nowhere())
    assert kept == {"secret": True} and is_secret(kept)
    with pytest.raises(RunError, match="a secret is not kept") as caught:
        recall(kept, Nowhere())
    assert caught.value.code == "KN312" and caught.value.remedy


@pytest.mark.parametrize(
    "value",
    [Login(user="ada"), {"secret": True}, pydantic.SecretStr, Login, "hunter2"],
    ids=repr,
)
def test_what_could_hold_a_secret_and_does_not_is_kept_as_ever(value):
    assert not is_secret(keep(value, Nowhere()))
    assert travelled(value, Nowhere()) == value


def test_a_secret_can_travel_where_nothing_is_kept():
    sent = pickled({"key": HELD})
    assert sent.secret and unpickled(sent.body) == {"key": HELD}
    assert not pickled({"key": "hunter2"}).secret


# --- artifacts


def test_an_artifact_is_kept_once_under_its_hash(artifacts):
    sha = artifacts.put(b"body")
    assert artifacts.put(b"body") == sha == "230d8358dc8e8890b4c58deeb62912ee2f20357ae92a5cc861b98e68fe31acb5"
    assert artifacts.get(sha) == b"body"
    missing = sha[::-1]
    with pytest.raises(StoreError) as caught:
        artifacts.get(missing)
    assert caught.value.code == "KN505" and missing[:12] in str(caught.value)


def test_many_may_keep_the_same_at_once(artifacts):
    found = []
    threads = [threading.Thread(target=lambda: found.append(artifacts.put(b"same"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len(set(found)) == 1


def test_two_processes_may_keep_the_same_at_once(postgres):
    logs = [SqlLog(postgres), SqlLog(postgres)]
    with logs[0].writing() as connection:
        connection.exec_driver_sql("SELECT 1")
        other = threading.Thread(target=SqlArtifacts(logs[1]).put, args=(b"same",))
        other.start()
        other.join(5)
    sha = SqlArtifacts(logs[0]).put(b"same")
    assert SqlArtifacts(logs[1]).get(sha) == b"same"
    for log in logs:
        log.close()


def test_a_folder_that_cannot_be_written_is_told():
    with pytest.raises(StoreError) as caught:
        FileArtifacts_at("/proc/nowhere").put(b"x")
    assert caught.value.code == "KN504"


def FileArtifacts_at(path):  # noqa: N802 - reads like the class
    from pathlib import Path

    return FileArtifacts(Path(path))


def test_a_full_disk_is_told_and_leaves_no_half_file(files, monkeypatch):
    import os

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as caught:
        files.put(b"x")
    assert caught.value.code == "KN501"
    assert [path for path in files.folder.rglob("*") if path.is_file()] == []


def test_an_instance_keeps_artifacts_where_its_log_is(tmp_path, postgres):
    beside = artifacts_for(Settings(home=tmp_path, store=f"sqlite:///{tmp_path / 'events.db'}"))
    sha = beside.put(b"x")
    assert (tmp_path / "artifacts" / sha[:2] / sha).read_bytes() == b"x"
    inside = artifacts_for(Settings(home=tmp_path, store=postgres))
    assert inside.get(inside.put(b"y")) == b"y"
    inside.close()
