"""`kodonb export`, as somebody types it."""

from __future__ import annotations

import json

import pytest
from nbformat import v4

from kodonb.batch import files
from kodonb.cli.main import main

FLOW = "%%flow double --version 2.1\nimport json\ndef double(x: int = 1) -> int:\n    return 2 * x"
OTHER = "%%flow other\ndef other() -> int:\n    return 1"


@pytest.fixture
def book(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    cells = ["%load_ext kodonb\nimport kodonb as kb\nprint(1)", FLOW, OTHER, "%flow run double x=4"]
    made = [v4.new_code_cell(cell, id=f"c{number}") for number, cell in enumerate(cells)]
    files.write(tmp_path / "book.ipynb", v4.new_notebook(cells=made))
    return tmp_path


def test_an_export_says_what_it_wrote_and_what_it_left(book, capsys):
    assert main(["export", "book.ipynb:double"]) == 0
    told = capsys.readouterr()
    assert "build/double: double 2.1, " in told.out
    assert "/double  from cell 2" in told.out
    assert "passed" in told.out
    assert "not exported: other" in told.err
    assert (book / "build/double/src/double/flows.py").exists()


def test_with_json_it_is_one_document(book, capsys):
    assert main(["export", "book.ipynb", "-o", "out", "--name", "pair", "--unchecked", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["package"], [flow["path"] for flow in told["flows"]]) == ("pair", ["/double", "/other"])
    assert told["tests"] == ""
    assert "src/pair/app.py" in told["files"]


def test_a_check_fails_when_the_notebook_has_changed_and_shows_how(book, capsys):
    assert main(["export", "book.ipynb:double", "-o", "out", "--unchecked"]) == 0
    assert main(["export", "book.ipynb:double", "-o", "out", "--check"]) == 0
    (book / "book.ipynb").write_text((book / "book.ipynb").read_text().replace("2 * x", "3 * x"))
    capsys.readouterr()
    assert main(["export", "book.ipynb:double", "-o", "out", "--check"]) == 1
    told = capsys.readouterr().err
    assert "-    return 2 * x\n+    return 3 * x" in told
    assert "KN702" in told


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["nothing.ipynb"], 2, "KN006"),
        (["book.ipynb:dubble"], 2, "did you mean double?"),
        (["book.ipynb", "--target", "helm"], 1, "KN704"),
        (["book.ipynb", "--check"], 1, "KN705"),
        (["book.ipynb", "--chekc"], 2, "did you mean --check?"),
    ],
)
def test_what_is_wrong_is_told_with_its_code(book, capsys, words, code, told):
    assert main(["export", *words]) == code
    assert told in capsys.readouterr().err


def test_what_was_changed_by_hand_is_kept_unless_it_is_given_up(book, capsys):
    words = ["export", "book.ipynb:double", "-o", "out", "--unchecked"]
    assert main(words) == 0
    (book / "out/README.md").write_text("mine")
    assert main(words) == 1
    assert "changed by hand: README.md" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0
    assert (book / "out/README.md").read_text() != "mine"
