"""The module of a slice: how it reads, where its lines come from, what is told beside."""

import ast
from pathlib import Path

import pytest

from kodonb.capture import load
from kodonb.capture.slicing import Entry, Left, cut
from tests.capture.slicing.cells import refused, sliced, sources, text

CELLS = (
    "%load_ext kodonb\nimport re\nimport numpy as np",
    "# How long to wait,\n# in seconds.\nLIMIT = 3\nNAMES = [  # all\n    'a',\n]\n\nOTHER = 4",
    "# of the class\n@property\ndef f(self): ...\n\nclass Box:\n    # inside\n    x = LIMIT  # why",
    "unused = 1\ndef helper( x ):\n    return (x\n            + 1)  # after\n\n\n# not mine\n\nY = re.compile('a')",
    "%%flow main\n# of the flow\n@np.vectorize\ndef main(n):\n    return helper(n), Box, NAMES, OTHER, Y",
)


def test_it_reads_like_a_module_that_somebody_wrote():
    assert text(*CELLS, decorator='@kb.flow(name="m")') == (
        "import re\n"
        "\n"
        "import numpy as np\n"
        "import kodonb as kb\n"
        "\n"
        "# How long to wait,\n# in seconds.\nLIMIT = 3\n"
        "NAMES = [  # all\n    'a',\n]\n"
        "\n"
        "OTHER = 4\n"
        "\n\n"
        "class Box:\n    # inside\n    x = LIMIT  # why\n"
        "\n\n"
        "def helper( x ):\n    return (x\n            + 1)  # after\n"
        "\n\n"
        "Y = re.compile('a')\n"
        "\n\n"
        "# of the flow\n"
        '@kb.flow(name="m")\n'
        "@np.vectorize\n"
        "def main(n):\n    return helper(n), Box, NAMES, OTHER, Y\n"
    )


def test_every_line_leads_to_where_it_was_typed():
    found = sliced(*CELLS, decorator='@kb.flow(name="m")')
    typed = {f"cell {n}": cell.split("\n") for n, cell in enumerate(CELLS, 1)}
    lines = found.module.source.split("\n")[:-1]
    assert sum(piece.count for piece in found.module.pieces) == len(lines)
    for number, line in enumerate(lines, 1):
        file, at = found.module.origin(number)
        assert (
            typed[file][at - 1] == line
            if file in typed
            else line in {"", "import kodonb as kb", '@kb.flow(name="m")'}
        )
    assert {piece.cell for piece in found.module.pieces} == {"id-1", "id-2", "id-3", "id-4", "id-5", None}


def test_a_traceback_of_the_module_names_cell_and_line():
    import traceback

    found = sliced(
        "x = 1\n\ndef helper():\n    raise ValueError('no')", "%%flow main\ndef main():\n    return helper()"
    )
    with pytest.raises(ValueError, match="no") as caught:
        load(found.module).main()
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert frames[-2:] == [("cell 2", 3), ("cell 1", 4)]


def test_the_same_notebook_gives_the_same_slice():
    one, two = (sliced(*CELLS, decorator="@kb.flow") for _ in range(2))
    assert one == two
    assert one.module.hash == two.module.hash


def test_typed_order_and_gaps_between_assignments_are_kept():
    assert text(
        "a = 1\nb = 2\n\n\n\nc = 3\nx = 9\nd = 4\n# about\ne = 5",
        "f = 6",
        "def main():\n    return a, b, c, d, e, f",
    ) == (
        "a = 1\nb = 2\n\nc = 3\n\nd = 4\n# about\ne = 5\n\nf = 6\n\n\ndef main():\n    return a, b, c, d, e, f\n"
    )


def test_the_decorator_stands_above_those_that_are_there_and_below_comments():
    found = text(
        "import functools\n# why\n@functools.cache\ndef main():\n    return 1",
        decorator="@kb.flow(tags=['x'])",
    )
    assert "# why\n@kb.flow(tags=['x'])\n@functools.cache\ndef main" in found


def test_names_of_the_decorator_come_along():
    found = text("TAGS = ['a']\ndef main():\n    return 1", decorator="@kb.flow(tags=TAGS)")
    assert "TAGS = ['a']" in found


def test_python_commit_and_entry_are_told(tmp_path):
    import platform

    found = cut(
        sources("def one():\n    return 1", "def two():\n    return one()"),
        [Entry("two"), Entry("one")],
        folder=tmp_path,
    )
    assert (found.module.python, found.module.commit, found.module.entry) == (
        platform.python_version(),
        None,
        "two",
    )


def test_what_stays_in_cells_that_gave_lines_is_told():
    found = sliced(
        "%load_ext kodonb\n%matplotlib inline\nimport pandas as pd\nx = 1",
        "df = pd.DataFrame()\ndf.head()",
        "%%flow main\n'''Docs.'''\ndef main():\n    return x",
        "%flow run main\n!pip install thing\nprint('unrelated')",
        "main().plot()\nif __name__ == '__main__':\n    main()",
        "print(x)\nx",
    )
    assert found.left == (
        Left("cell 1, line 2", "magic %matplotlib inline"),
        Left("cell 4, line 2", "shell !pip install thing"),
        Left("cell 5, line 1", "call main().plot()"),
        Left("cell 5, line 2", "block if __name__ == '__main__':..."),
        Left("cell 6, line 1", "display print(x)"),
        Left("cell 6, line 2", "display x"),
    )
    assert found.cells == ("id-1", "id-3")


def test_the_text_of_the_module_is_python_of_this_version():
    found = text("match 1:\n    case int():\n        x = 1", "def main():\n    return x")
    assert isinstance(ast.parse(found), ast.Module)
    assert found.endswith("return x\n")


MISSING = {
    "nowhere": (("def main():\n    return helpr()", "def helper():\n    pass"), "KN101", "cell 1, line 2", "`helpr` is not defined", "did you mean `helper`?"),
    "deleted": (("x = 1", "def main():\n    return x", "del x"), "KN101", "cell 2, line 2", "cell 1, line 1 defined it, but it was deleted", ""),
    "used before its cell": (("def helper(n=SIZE):\n    return n", "SIZE = 3", "def main():\n    return helper()"), "KN111", "cell 1, line 1", "`SIZE` is used before cell 2 defines it", "move the cell below cell 2"),
    "used above in its cell": (("x = y\ny = 1", "def main():\n    return x"), "KN111", "cell 1, line 1", "before the cell itself defines it", "above this line"),
    "decorator below": (("@deco\ndef helper():\n    pass\ndef deco(f):\n    return f", "def main():\n    return helper()"), "KN111", "cell 1, line 1", "`deco` is used before", ""),
    "base below": (("class A(B):\n    pass", "class B:\n    pass", "def main():\n    return A"), "KN111", "cell 1, line 1", "`B` is used before cell 2", ""),
    "used after it was deleted": (("x = 1\ndel x\ny = x", "def main():\n    return y"), "KN111", "cell 1, line 3", "after cell 1, line 2 deleted it", ""),
    "under main": (("if __name__ == '__main__':\n    x = 1", "def main():\n    return x"), "KN101", "cell 2, line 2", 'under `if __name__ == "__main__"` only (cell 1, line 1)', "above"),
    "no flow": (("def mian():\n    pass",), "KN101", "the notebook", "`main` is not defined", "did you mean `mian`?"),
}  # fmt: skip


@pytest.mark.parametrize(("cells", "code", "where", "message", "remedy"), MISSING.values(), ids=MISSING)
def test_names_that_are_not_there_are_told_with_the_way_out(cells, code, where, message, remedy):
    error = refused(*cells)
    assert (error.code, error.where) == (code, where)
    assert message in error.message and remedy in error.remedy


def test_a_decorator_cannot_stand_above_what_is_no_function():
    error = refused("from tools import make\nmain = lambda: 1", decorator="@kb.flow")
    assert (error.code, error.where) == ("KN104", "cell 1, line 2")


def test_names_that_code_is_prepared_to_miss_are_fine():
    cells = ("try:\n    x = not_here\nexcept NameError:\n    x = 3",)
    assert "x = not_here" in text(*cells, "def main():\n    return x, __file__, __name__")


def test_the_folder_need_not_be_the_current_one(tmp_path):
    (tmp_path / "mine.py").write_text("A = 1\n")
    assert sliced("import mine\ndef main():\n    return mine", folder=tmp_path).module.companions
    assert not sliced("import mine\ndef main():\n    return mine", folder=Path("/")).module.companions
