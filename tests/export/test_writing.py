from __future__ import annotations

import pytest

from kodonb.export import writing
from kodonb.model.errors import ServiceError

FILES = {"a.txt": "one\n", "in/b.bin": b"\xff\x00"}


def put(folder, files=FILES, **provenance):
    writing.guard(folder)
    writing.replace(writing.stage(writing.with_provenance(dict(files), provenance), folder), folder)


def test_an_export_is_written_whole_and_leaves_nothing_beside_it(tmp_path):
    put(tmp_path / "x")
    assert (tmp_path / "x/a.txt").read_text() == "one\n"
    assert (tmp_path / "x/in/b.bin").read_bytes() == b"\xff\x00"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_is_no_longer_exported_goes_and_what_others_put_there_stays(tmp_path):
    folder = tmp_path / "x"
    put(folder)
    (folder / "mine.txt").write_text("mine")
    put(folder, {"a.txt": "two\n"})
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))
    assert found == ["a.txt", "mine.txt", "provenance.json"]


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x/thesis.txt").write_text("years of work")
    with pytest.raises(ServiceError, match="is not an export") as raised:
        put(tmp_path / "x")
    assert raised.value.code == "KN705"


def test_changes_by_hand_are_not_lost_unless_that_is_asked_for(tmp_path):
    folder = tmp_path / "x"
    put(folder)
    (folder / "a.txt").write_text("changed")
    with pytest.raises(ServiceError, match=r"changed by hand: a\.txt"):
        writing.guard(folder)
    writing.guard(folder, force=True)


def test_differences_are_told_line_by_line_and_the_commit_is_none(tmp_path):
    folder = tmp_path / "x"
    put(folder, commit="1")
    assert list(writing.differences(writing.with_provenance(dict(FILES), {"commit": "2"}), folder)) == []
    changed = writing.with_provenance({"a.txt": "two\n"}, {"commit": "1"})
    lines = list(writing.differences(changed, folder))
    assert {"-one", "+two", "--- in/b.bin (written)"} <= set(lines)
