"""Cells as they are typed: magics, shell lines, odd formatting, cells of other languages."""

from pathlib import Path

import pytest

from kodonb.capture import Source
from kodonb.capture.slicing import Entry, cut
from kodonb.capture.slicing.magics import plain
from tests.capture.slicing.cells import made, refused, sliced, text

FLOW = "def main():\n    return x"


def test_the_cell_of_a_flow_gives_its_lines_below_the_magic():
    found = sliced(
        "%%flow main --tag a\nimport math\n\nx = 1\n\ndef main():\n    return x, math", decorator="@kb.flow()"
    )
    assert (
        found.module.source
        == "import math\n\nimport kodonb as kb\n\nx = 1\n\n\n@kb.flow()\ndef main():\n    return x, math\n"
    )
    assert found.module.origin(9) == ("cell 1", 6)


@pytest.mark.parametrize(
    "cell",
    [
        "%%time\nx = 3",
        "%%time\n\n%%capture out\nx = 3",
        "\n  \n%%capture\nx = 3",
        "%time x = 3",
        "%matplotlib inline\nx = 3",
        "!pip install something\nx = 3",
        "pip install something\nx = 3",
        "x = 3\n?print\nprint?\nprint??",
        "if True:\n    x = 3\n    %time y = 4",
        "  x = 3\n  y = 4",
        "x = (7\n  % 4)\n%load_ext kodonb",
        "%timeit f(1)\nx = (\n3\n)",
        "%%flow other\nx = 3\ndef other():\n    pass",
        "files = !ls\nx = 3",
        "y = '''\n%matplotlib\n!ls\n'''\n%who\nx = 3",
        "# %% title\nx = 3",
        "x = 3;",
        "x = 3\r\n%who\r\n",
        "!ls \\\n  -l\nx = 3",
        "x = 3\n" + "\n".join(f"y{n} = {n}" for n in range(3000)),
    ],
    ids=lambda cell: repr(cell[:24]),
)  # fmt: skip
def test_python_between_magics_comes_along_and_magics_do_not(cell):
    found = sliced(cell, FLOW)
    assert made(found)["main"]() == 3
    assert "get_ipython" not in found.module.source and "%" not in found.module.source.replace("% 4", "")


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("x = !ls", "x = !ls"),
        ("x = %env HOME", "x = %env HOME"),
        ("%store -r x", "%store -r x"),
        ("%run helpers.py", "%run helpers.py"),
        ("%%capture x\nprint(1)", "%%capture x"),
        ("%%bash --out x\nls", "%%bash --out x"),
        ("%%sql x <<\nselect 1", "%%sql x <<"),
        ("%flow run other -o x", "%flow run other -o x"),
        ("y = !ls\nx = len(y)", "y = !ls"),
        ("%R -o x", "%R -o x"),
    ],
)
def test_what_magics_and_shell_lines_bind_is_refused(cell, told):
    error = refused("# a cell above", cell, FLOW)
    assert error.code == "KN102"
    assert told in error.message
    assert "parameter" in error.remedy


@pytest.mark.parametrize(
    "line",
    [
        "!pip install missing",
        "%pip install missing",
        "%load_ext missing",
        "%%bash\nmissing",
        "%%html\nmissing",
    ],
)
def test_magics_that_bind_nothing_are_not_to_blame(line):
    error = refused(line, "def main():\n    return missing.x")
    assert (error.code, error.message) == ("KN101", "`missing` is not defined")


@pytest.mark.parametrize("name", ["_", "__", "_3", "Out", "In", "_i2", "_oh"])
def test_what_the_notebook_remembers_is_refused(name):
    error = refused("1 + 1", f"def main():\n    return {name}")
    assert (error.code, error.where) == ("KN103", "cell 2, line 2")


@pytest.mark.parametrize("line", ["!ls", "%who", "x = %env HOME", "get_ipython().system('ls')"])
def test_magics_in_a_function_are_refused_at_their_line(line):
    error = refused(
        "x = 1\n\ndef helper():\n    y = 1\n    " + line + "\n    return y",
        "def main():\n    return helper()",
    )
    assert (error.code, error.where) == ("KN102", "cell 1, line 5")
    assert "magic or shell line" in error.message


def test_asking_whether_this_is_a_notebook_is_fine():
    found = sliced("try:\n    get_ipython()\n    x = 'notebook'\nexcept NameError:\n    x = 'service'", FLOW)
    assert made(found)["main"]() == "service"


def test_cells_of_other_languages_and_of_markdown_pass_for_nothing():
    found = sliced("%%html\n<b>x</b>", "%%javascript\nalert(1)", "x = 3", FLOW)
    assert found.module.source.startswith("x = 3\n")


def test_a_cell_that_is_not_python_is_told_and_refused_if_it_is_needed():
    assert [left.where for left in sliced("x = 3", "y = = 4", FLOW).left] == ["cell 2, line 1"]
    error = refused("y = 1\nx = = 4", FLOW)
    assert (error.code, error.where) == ("KN203", "cell 1, line 2")
    assert refused("def main(:\n    pass").code == "KN203"


def test_a_return_outside_of_a_function_is_an_error_of_syntax():
    assert refused("x = 3\nreturn x", FLOW).code == "KN203"


def test_escapes_that_python_complains_about_pass():
    assert r"'\d'" in text("import re\nx = re.compile('\\d')", FLOW)


def test_cells_with_the_same_id_are_told_apart():
    cells = [
        Source(one, f"cell {n}", cell="twin")
        for n, one in enumerate(["x = 1", "y = 2", "def main():\n    return x, y"], 1)
    ]
    found = cut([*cells, Source("z = 1", "cell 4", cell="own")], [Entry("main")], folder=Path())
    assert found.cells == ("1", "2", "3")
    assert [piece.file for piece in found.module.pieces if piece.file.startswith("cell")] == [
        "cell 1",
        "cell 2",
        "cell 3",
    ]


def test_cells_without_an_id_have_numbers():
    cells = [Source("x = 1", "cell 1"), Source("def main():\n    return x", "cell 2", cell="b")]
    assert cut(cells, [Entry("main")], folder=Path()).cells == ("1", "b")


def test_a_cell_keeps_its_line_numbers_whatever_stands_in_it():
    cell = "%%time\n\n!ls \\\n -l\nx = [\n 1]\n%who"
    assert plain(cell).text.count("\n") == cell.count("\n")
    assert [magic.line for magic in plain(cell).magics] == [1, 3, 7]
    assert plain(cell).tree.body[-2].lineno == 5


def test_an_offset_counts_in_the_source_map():
    found = cut(
        [Source("x = 1\ndef main():\n    return x", "flows.py", offset=10)], [Entry("main")], folder=Path()
    )
    assert found.module.origin(1) == ("flows.py", 11)
    assert found.module.origin(4) == ("flows.py", 12)
