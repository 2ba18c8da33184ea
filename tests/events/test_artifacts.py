"""Artifacts that are files, or that nobody wants whole."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from kodonb.events.artifacts import FileArtifacts, SqlArtifacts
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError

BODY = bytes(range(256)) * 40
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(params=["file", "postgresql"])
def artifacts(request, tmp_path):
    if request.param == "file":
        yield FileArtifacts(tmp_path / "artifacts")
        return
    log = SqlLog(request.getfixturevalue("postgres"))
    yield SqlArtifacts(log)
    log.close()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(BODY)
    return path


def test_a_file_is_kept_as_its_bytes_would_be_and_stays(artifacts, file):
    assert artifacts.put_file(file) == artifacts.put(BODY) == SHA
    assert artifacts.get(SHA) == BODY and file.read_bytes() == BODY


def test_a_file_may_be_kept_twice_and_may_be_empty(artifacts, file):
    assert artifacts.put_file(file) == artifacts.put_file(file)
    file.write_bytes(b"")
    empty = artifacts.put_file(file)
    assert artifacts.get(empty) == b"" and artifacts.size(empty) == 0 and artifacts.part(empty, 0, 9) == b""


def test_size_and_parts_are_told_without_the_whole(artifacts):
    artifacts.put(BODY)
    assert artifacts.size(SHA) == len(BODY)
    for start, length in ((0, 1), (0, 300), (255, 2), (5000, 1000), (len(BODY) - 3, 3)):
        assert artifacts.part(SHA, start, length) == BODY[start : start + length]


def test_parts_end_where_the_bytes_do(artifacts):
    artifacts.put(BODY)
    assert artifacts.part(SHA, len(BODY) - 3, 100) == BODY[-3:]
    assert artifacts.part(SHA, len(BODY), 100) == b""
    assert artifacts.part(SHA, len(BODY) + 5, 100) == b""


@pytest.mark.parametrize("ask", [lambda a: a.size(SHA), lambda a: a.part(SHA, 0, 3), lambda a: a.get(SHA)])
def test_what_is_not_there_is_told_as_such(artifacts, ask):
    with pytest.raises(StoreError) as told:
        ask(artifacts)
    assert told.value.code == "KN505"


def test_a_file_that_is_kept_again_is_spared_by_pruning(tmp_path, file):
    artifacts = FileArtifacts(tmp_path / "artifacts")
    artifacts.put_file(file)
    [path] = (tmp_path / "artifacts").glob("??/*")
    os.utime(path, (0, 0))
    artifacts.put_file(file)
    assert path.stat().st_mtime > 1e9


def test_a_file_that_cannot_be_kept_is_told_and_leaves_nothing(tmp_path, file, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError) as told:
        FileArtifacts(tmp_path / "artifacts").put_file(file)
    assert told.value.code == "KN501"
    assert list((tmp_path / "artifacts").glob("??/*")) == []


KEEP = """
import resource, sys
from pathlib import Path
from kodonb.events.artifacts import FileArtifacts
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
sha = FileArtifacts(Path(sys.argv[2])).put_file(Path(sys.argv[1]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, sha)
"""


def test_a_large_file_is_never_whole_in_memory(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(200 * 2**20)
    command = [sys.executable, "-c", KEEP, path, tmp_path / "artifacts"]
    grown, sha = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(grown) < 20 * 1024  # KiB
    assert (tmp_path / "artifacts" / sha[:2] / sha).stat().st_size == 200 * 2**20
