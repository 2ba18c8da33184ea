"""Each code cell of a notebook is a test."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.timeout(110)

DIVIDE = "def divide(x):\n    y = 0\n    return x / y"


def test_a_failing_cell_is_shown_by_its_own_line_and_the_cells_after_it_run(folder):
    folder.notebook(
        "nb/a.ipynb", "", "a = 1", DIVIDE, "print('working')\nb = a\ndivide(b)\nc = 3", "print(b)", "x y"
    )
    done = folder.pytest("--notebooks", "nb/", "--junitxml", "junit.xml")
    assert done.code == 1 and done.counts == {"failed": 2, "passed": 3}
    lines = [line.rstrip() for line in done.text.splitlines()]
    begin = lines.index("nb/a.ipynb, cell 3 (c4), line 3")
    assert lines[begin + 2 : begin + 6] == [
        "     1  print('working')",
        "     2  b = a",
        ">    3  divide(b)",
        "     4  c = 3",
    ]
    assert lines[begin + 7] == "in cell 2 (c3), line 3"
    assert lines[begin + 11 : begin + 14] == [
        ">    3      return x / y",
        "",
        "ZeroDivisionError: division by zero",
    ]
    assert "FAILED nb/a.ipynb::cell 3 (c4) - ZeroDivisionError: division by zero" in lines
    assert "nb/a.ipynb, cell 5 (c6), line 1" in lines
    assert "\x1b" not in done.text and "INTERNALERROR" not in done.text
    assert "working" in done.text[done.text.index("Captured stdout") :]
    assert 'message="ZeroDivisionError: division by zero"' in (folder.path / "junit.xml").read_text()


def test_tags_and_comments_say_what_is_expected_of_a_cell(folder):
    folder.notebook(
        "a.ipynb",
        ("1 / 0", ["skip"]),
        "# NBVAL_SKIP\n1 / 0",
        ("1 / 0", ["raises-exception", "slow"]),
        "# NBVAL_RAISES_EXCEPTION\n%no_such_magic",
        ("1", ["nbval-raises-exception"]),
    )
    done = folder.pytest("--notebooks", "a.ipynb", "-ra", "--strict-markers")
    assert done.counts == {"failed": 1, "passed": 2, "skipped": 2}
    assert "SKIPPED [1] a.ipynb: tag nbval-skip" in done.text
    assert "cell 5 (c5) - the cell raised nothing, but has the tag raises-exception" in done.text
    chosen = folder.collected("--notebooks", "a.ipynb", "-m", "slow or raises_exception")
    assert chosen == [f"a.ipynb::cell {number} (c{number})" for number in (3, 4, 5)]


def test_a_cell_alone_finds_what_the_cells_before_it_define(folder):
    folder.notebook("a.ipynb", "x = 1", ("raise SystemExit", ["skip"]), "print(x)\nassert x == 2")
    done = folder.pytest("a.ipynb::cell 3 (c3)", "--notebooks")
    assert done.counts == {"failed": 1} and ">    2  assert x == 2" in done.text


def test_a_killed_kernel_fails_the_rest_of_its_notebook_with_the_reason_and_no_other(folder):
    folder.notebook("a.ipynb", "1", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "2")
    folder.notebook("b.ipynb", "1")
    folder.notebook("c.ipynb", "1", kernel="no-such-kernel")
    done = folder.pytest("--notebooks", "a.ipynb", "b.ipynb", "c.ipynb")
    assert done.counts == {"failed": 3, "passed": 2}
    assert done.text.count("KN604: the kernel died\n  at: a.ipynb, cell 2 (c2)") == 2
    assert "KN603: there is no kernel 'no-such-kernel'" in done.text


def test_a_cell_that_takes_too_long_ends_its_kernel(folder):
    folder.ini("asyncio_default_fixture_loop_scope = function", "notebooks_timeout = 1")
    folder.notebook("a.ipynb", "import time\ntime.sleep(60)", "1")
    done = folder.pytest("--notebooks", "a.ipynb")
    assert done.counts == {"failed": 2}
    assert (
        "KN602: the cell has not ended after 1 s; its kernel was stopped\n  at: a.ipynb, cell 1 (c1)"
        in done.text
    )


def test_a_notebook_starts_in_its_folder_and_its_error_is_one_of_kodonb(folder):
    folder.notebook(
        "nb/a.ipynb", "import pathlib\nassert pathlib.Path('here').exists()", "%load_ext kodonb", "%%flow"
    )
    (folder.path / "nb/here").touch()
    done = folder.pytest("--notebooks", "nb")
    assert done.counts == {"failed": 1, "passed": 2}
    assert "KN001" in done.text and "nb/a.ipynb, cell 3 (c3), line 1" not in done.text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"cells": [', "its JSON is broken or cut off"),
        ("[]", "it is JSON, but has no `nbformat`"),
    ],
)
def test_a_damaged_notebook_is_one_error_without_a_traceback(folder, text, told):
    (folder.path / "a.ipynb").write_text(text)
    done = folder.pytest("--notebooks", "a.ipynb")
    assert done.code == 2 and done.counts == {"error": 1}
    assert f"KN601: a.ipynb is not a notebook: {told}" in done.text
    assert "Traceback" not in done.text and ".py" not in done.text.partition("ERRORS")[2]
