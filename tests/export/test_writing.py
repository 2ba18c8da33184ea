from __future__ import annotations

import pytest

from kodonb.export import writing
from kodonb.model.errors import ServiceError

FILES = {"a.txt": "one\n", "in/b.bin": b"\xff\x00"}


def put(folder, files=FILES, **provenance):
    whole = writing.with_provenance(dict(files), provenance)
    writing.guard(folder, whole)
    with writing.staged(whole, folder) as made:
        writing.replace(made, whole, folder)


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
        writing.guard(folder, FILES)
    writing.guard(folder, FILES, force=True)


def test_a_file_of_somebodys_is_not_replaced_by_one_that_the_export_writes_anew(tmp_path):
    put(tmp_path / "x")
    (tmp_path / "x/new.txt").write_text("mine")
    with pytest.raises(ServiceError, match=r"by hand: new\.txt"):
        put(tmp_path / "x", {**FILES, "new.txt": "ours"})
    assert (tmp_path / "x/new.txt").read_text() == "mine"


def test_nothing_outside_of_the_folder_is_ever_removed(tmp_path):
    put(tmp_path / "x")
    (tmp_path / "precious.txt").write_text("one\n")
    told = tmp_path / "x/provenance.json"
    told.write_text(told.read_text().replace('"a.txt"', '"../precious.txt"'))
    put(tmp_path / "x", {"c.txt": "three"})
    assert (tmp_path / "precious.txt").exists()


def test_a_file_may_become_a_folder(tmp_path):
    put(tmp_path / "x", {"data": "one"})
    put(tmp_path / "x", {"data/one.txt": "one"})
    assert (tmp_path / "x/data/one.txt").read_text() == "one"


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere/x"])
def test_what_cannot_be_written_is_told_in_one_line(tmp_path, place):
    (tmp_path / "file").write_text("")
    with pytest.raises(ServiceError, match="KN705"):
        put(tmp_path / place)


def test_differences_are_told_line_by_line_and_the_commit_is_none(tmp_path):
    folder = tmp_path / "x"
    put(folder, commit="1")
    assert list(writing.differences(writing.with_provenance(dict(FILES), {"commit": "2"}), folder)) == []
    changed = writing.with_provenance({"a.txt": "two\n"}, {"commit": "1"})
    lines = list(writing.differences(changed, folder))
    assert {"-one", "+two", "--- in/b.bin (written)"} <= set(lines)
