"""KN111, KN112 and KN113: what names say about hidden state."""

import pytest

from kodonb.batch.lint import lint

EARLY = {
    "a later cell defines it": (["print(x)", "x = 1"], 1),
    "the cell itself defines it below": (["print(x)\nx = 1"], 1),
    "it counts up what nobody has started": (["n += 1"], 1),
    "it is bound from itself": (["df = df.dropna()"], 1),
    "a default reads it": (["def f(a=size): ...", "size = 1"], 1),
    "a decorator is defined later": (["@twice\ndef f(): ...", "def twice(f): ..."], 1),
    "a base class is defined later": (["class A(B): ...", "class B: ..."], 1),
    "a class body reads it": (["class A:\n    b = size", "size = 1"], 1),
    "a comprehension reads it": (["[y * x for y in range(3)]", "x = 1"], 1),
    "a generator that is consumed at once reads it": (["sum(y * x for y in range(3))", "x = 1"], 1),
    "it is imported later": (["np.zeros(3)", "import numpy as np"], 1),
    "an earlier cell deletes it": (["x = 1", "del x", "print(x)"], 3),
    "below a cell magic": (["%%time\nprint(x)", "x = 1"], 1),
    "a run is looked at before it was started": (["run.result()", "%flow run go -o run"], 1),
}


@pytest.mark.parametrize(("cells", "cell"), EARLY.values(), ids=EARLY)
def test_a_name_is_used_before_its_cell(found, cells, cell):
    assert [(code, number) for code, number, _ in found(*cells)] == [("KN111", cell)]


NOWHERE = {
    "at the top": (["x = 1\nprint(gone)"], 1, 2),
    "in a function": (["def f():\n    return gone(1)"], 1, 2),
    "in a method": (["class A:\n    def f(self):\n        return gone"], 1, 3),
    "in a lambda": (["f = lambda: gone"], 1, 1),
    "in a flow": (["%%flow go\ndef go():\n    return gone"], 1, 3),
    "in an annotation": (["def f(x: Gone): ..."], 1, 1),
    "below lines of magics": (["%matplotlib inline\n!ls\nprint(gone)"], 1, 3),
    "below an empty line and a cell magic": (["\n%%time\n\nprint(gone)"], 1, 4),
    "below lines that go on": (["!ls \\\n  -l\n%time a = \\\n  1\nprint(gone)"], 1, 5),
    "in a line that is timed": (["%time gone()"], 1, 1),
    "what only a method of its class binds": (
        ["class A:\n    gone = 1\n    def f(self):\n        return gone"],
        1,
        4,
    ),
    "the target of a comprehension, outside of it": (["[gone for gone in range(3)]\nprint(gone)"], 1, 2),
}


@pytest.mark.parametrize(("cells", "cell", "line"), NOWHERE.values(), ids=NOWHERE)
def test_a_name_is_defined_in_no_cell(found, cells, cell, line):
    assert found(*cells) == [("KN112", cell, line)]


def test_the_place_of_a_name_is_exact_and_the_remedy_proposes_what_is_near(write):
    path = write("model = 1", "x = 1\ny = x + modle")
    [one] = lint(path)
    assert (one.cell, one.line, one.column, one.severity) == (2, 2, 9, "error")
    assert "did you mean `model`?" in one.remedy
    assert path.read_text().splitlines()[one.row - 1].strip() == '"y = x + modle"'


def test_each_name_is_told_once_in_a_cell(found):
    assert found("gone\ngone\ndef f():\n    return gone", "gone") == [("KN112", 1, 1), ("KN112", 2, 1)]


def test_an_early_use_names_the_cell_that_defines(write):
    [one] = lint(write("1", "print(x)", "x = 1"))
    assert one.message == "`x` is used before cell 3 defines it"


def test_reads_above_a_star_import_are_still_judged_by_what_cells_define(found):
    assert found("print(x)", "from math import *", "x = sin(1)", "print(cos)") == [("KN111", 1, 1)]


AGAIN = {
    "a function": (["def f(): return 1", "def f(): return 2"], 2),
    "a class": (["class A: x = 1", "class A: x = 2"], 2),
    "a constant": (["SEED = 1", "SEED = 2"], 2),
    "a constant with a type": (["SEED: int = 1", "SEED: int = 2"], 2),
    "a flow": (["%%flow go\ndef go(): return 1", "%%flow go\ndef go(): return 2"], 2),
    "a flow of another name": (["%%flow go\ndef _a(): return 1", "%%flow go\ndef _b(): return 2"], 2),
    "a function by a class": (["def f(): return 1", "class f: ..."], 2),
}


@pytest.mark.parametrize(("cells", "cell"), AGAIN.values(), ids=AGAIN)
def test_a_definition_is_replaced_by_a_later_cell(found, cells, cell):
    assert [(code, number) for code, number, _ in found(*cells)] == [("KN113", cell)]


def test_a_definition_that_is_replaced_is_a_warning(write):
    [one] = lint(write("def f(): return 1", "def f(): return 2"))
    assert one.severity == "warning" and "cell 1" in one.message


def test_a_syntax_error_is_told_once_with_its_line(found):
    assert found("x = 1\nfor in y:\n    pass", "print(x)") == [("KN203", 1, 2)]
    assert found("return 1") == [("KN203", 1, 1)]
