"""What is looked for, and what is kept silent."""

import time

import pytest
from nbformat.v4 import new_code_cell, new_output

from kodonb.batch.lint import Choice, chosen, lint, notebooks
from kodonb.model.errors import KodonbError

PATH = "open('/home/ada/x')"


def codes(path, **choice):
    return [one.code for one in lint(path, Choice(**{name: tuple(value) for name, value in choice.items()}))]


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: KN117", "#NOQA:KN111, KN117", "# noqa: KN1", "# why  # noqa: KN117"]
)
def test_a_comment_on_the_line_keeps_a_finding_silent(write, comment):
    assert codes(write(f"{PATH}  {comment}\n{PATH}")) == ["KN117"]


def test_a_comment_keeps_other_codes_and_other_lines(write):
    assert codes(write(f"# noqa\n{PATH}  # noqa: KN111")) == ["KN117"]


def test_a_comment_on_the_first_line_speaks_for_the_cell_as_a_whole(write):
    later = new_code_cell("# noqa: KN114\n1", execution_count=1)
    assert codes(write(new_code_cell("1", execution_count=2), later)) == []


def test_a_tag_keeps_a_cell_silent(write):
    assert codes(write(new_code_cell(PATH, metadata={"tags": ["kodonb-noqa"]}))) == []


def test_codes_are_selected_and_ignored_by_their_beginnings(write):
    path = write(f"gone\n{PATH}")
    assert codes(path) == ["KN112", "KN117"]
    assert codes(path, select=["KN117"]) == ["KN117"]
    assert codes(path, select=["KN11"], ignore=["KN112"]) == ["KN117"]
    assert codes(path, ignore=["KN"]) == []


def test_codes_may_be_typed_in_one_word_or_several():
    assert chosen(["kn111, KN116", "KN2"]) == ("KN111", "KN116", "KN2")
    with pytest.raises(KodonbError, match="KN999"):
        chosen(["KN999"])


def test_the_project_says_what_to_ignore(write, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.kodonb.lint]\nignore = ["KN117"]\n')
    assert codes(write(f"gone\n{PATH}", name="deep/er/nb.ipynb")) == ["KN112"]


def test_the_nearest_project_with_settings_counts(write, tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.kodonb.lint]\nselect = ["KN117"]\n')
    path = write(f"gone\n{PATH}", name="deep/nb.ipynb")
    (tmp_path / "deep" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert codes(path) == ["KN117"]
    assert codes(path, select=["KN112"]) == ["KN112"]


@pytest.mark.parametrize("text", ["[tool.kodonb.lint]\nignore = ['KN999']", "[tool.kodonb.lint]\nfoo = 1", "[tool", "[tool.kodonb.lint]\nignore = 'KN117'"])  # fmt: skip
def test_a_bad_setting_is_told(write, tmp_path, text):
    (tmp_path / "pyproject.toml").write_text(text)
    with pytest.raises(KodonbError) as caught:
        codes(write("1"))
    assert caught.value.code == "KN007" and str(tmp_path) in str(caught.value.where)


def test_folders_are_searched_but_not_hidden_ones(write, tmp_path):
    for name in (
        "b.ipynb",
        "a.ipynb",
        "in/c.ipynb",
        ".ipynb_checkpoints/a.ipynb",
        "node_modules/x.ipynb",
        "in/.venv/x.ipynb",
    ):
        write("1", name=name)
    found = notebooks([tmp_path, tmp_path / "a.ipynb"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.ipynb", "b.ipynb", "in/c.ipynb"]


def test_the_line_in_the_file_is_told_even_beside_outputs_with_a_source(write):
    output = new_output("display_data", {"application/json": {"source": ["x"], "cells": [{"source": ["y"]}]}})
    path = write(new_code_cell("1", outputs=[output], execution_count=1), "x = 1\n\ngone")
    [one] = lint(path)
    assert path.read_text().splitlines()[one.row - 1].strip() == '"gone"'


def test_a_file_in_one_line_has_all_its_findings_in_that_line(write):
    import json

    path = write("x = 1\ngone")
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert [(one.line, one.row) for one in lint(path)] == [(2, 1)]


def test_a_cell_has_the_id_of_the_file_or_none(write):
    import json

    path = write("gone")
    document = json.loads(path.read_text())
    assert lint(path)[0].id == document["cells"][0]["id"]
    document["nbformat_minor"] = 4
    del document["cells"][0]["id"]
    path.write_text(json.dumps(document))
    assert lint(path)[0].id == ""


def test_a_notebook_of_format_3_is_checked_too(tmp_path):
    import json

    cell = {
        "cell_type": "code",
        "language": "python",
        "metadata": {},
        "outputs": [],
        "input": ["x = 1\n", "gone"],
        "collapsed": False,
    }
    document = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [{"cells": [cell], "metadata": {}}],
    }
    (tmp_path / "old.ipynb").write_text(json.dumps(document))
    assert codes(tmp_path / "old.ipynb") == ["KN112"]


def test_5000_cells_take_a_few_seconds(write):
    cells = [
        "x0 = 0",
        *(
            f"def f{i}(a):\n    return [a + x{i} for _ in range(3)]\nx{i + 1} = x{i} + f{i}(1)[0]"
            for i in range(5000)
        ),
    ]
    path = write(*cells)
    begin = time.process_time()
    assert lint(path) == []
    assert time.process_time() - begin < 15  # two to three on a quiet machine
