"""Notebook files: every kind of damage gets one clear error, and what is written is whole."""

import json
import os

import pytest

from kodonb.batch import files
from kodonb.batch.claim import claimed
from kodonb.model.errors import NotebookError, UsageError

OLD = {
    "nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "old"},
    "worksheets": [{"metadata": {}, "cells": [{
        "cell_type": "code", "input": "print(1)", "outputs": [], "language": "python", "collapsed": False,
        "prompt_number": 1, "metadata": {}}]}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "broken or cut off"),
        ('{"cells": [', "broken or cut off"),
        ("[]", "no `nbformat`"),
        ('{"a": 1}', "no `nbformat`"),
        ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}', "missing"),
        ('{"nbformat": 9, "nbformat_minor": 0, "metadata": {}, "cells": []}', ""),
    ],
)
def test_damage_is_told_with_the_file(tmp_path, text, says):
    path = tmp_path / "x.ipynb"
    path.write_text(text)
    with pytest.raises(NotebookError, match="is not a notebook") as caught:
        files.read(path)
    assert caught.value.code == "KN601" and says in caught.value.message and str(path) in caught.value.where


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError) as caught:
        files.read(tmp_path / "none.ipynb")
    assert caught.value.code == "KN006"


def test_an_old_notebook_is_read_as_a_new_one(tmp_path):
    path = tmp_path / "old.ipynb"
    path.write_text(json.dumps(OLD))
    found = files.read(path)
    assert found.nbformat == 4 and [cell.source for cell in found.cells] == ["print(1)"]
    files.write(path, found)
    assert files.read(path).cells == found.cells


def test_a_notebook_without_cells_is_one(notebook, job):
    outcome, _, _ = job(notebook())
    assert outcome.status == "ok" and outcome.total == 0


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "x.ipynb"
    path.write_text("before")
    monkeypatch.setattr(os, "fdopen", lambda *_, **__: _Full())
    with pytest.raises(NotebookError, match="No space left") as caught:
        files.put(path, "after")
    assert caught.value.code == "KN605"
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]


class _Full:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def write(self, _):
        raise OSError(28, "No space left on device")


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotebookError) as caught:
        files.put(tmp_path / "file" / "x.ipynb", "text")
    assert caught.value.code == "KN605"


def test_a_written_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "x.ipynb"
    path.write_text("")
    path.chmod(0o640)
    files.put(path, "text")
    assert path.stat().st_mode & 0o777 == 0o640


def test_one_job_at_a_time_writes_a_file(tmp_path):
    with (
        claimed(tmp_path / "x.ipynb"),
        pytest.raises(NotebookError, match="another job") as caught,
        claimed(tmp_path / "x.ipynb"),
    ):
        pass
    assert caught.value.code == "KN606"
    with claimed(tmp_path / "x.ipynb"):
        pass
    assert not list(tmp_path.iterdir())


def test_the_mark_of_a_job_that_is_gone_holds_nobody_up(tmp_path):
    (tmp_path / ".x.ipynb.job").write_text("1")
    with claimed(tmp_path / "x.ipynb"):
        pass
