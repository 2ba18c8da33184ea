"""Which of a notebook's statements come along: those that decide what the flow's names mean."""

import pytest

from tests.capture.slicing.cells import agree, made, sliced, text, whole


def test_helpers_constants_and_imports_come_along_and_nothing_else():
    found = agree(
        "import math\nfrom math import sqrt as root, floor\nLIMIT = 60 * 60  # seconds\nunused = 1",
        "def half(x):\n    return root(x) / 2\n\n\ndef other():\n    return unused",
        "def main(x):\n    return math.ceil(half(x) * LIMIT)",
        given=[(4,), (9,)],
    )
    assert found == (
        "import math\nfrom math import sqrt as root\n\nLIMIT = 60 * 60  # seconds\n\n\n"
        "def half(x):\n    return root(x) / 2\n\n\ndef main(x):\n    return math.ceil(half(x) * LIMIT)\n"
    )


def test_a_function_finds_the_last_definition_of_a_name_and_earlier_ones_stay():
    found = agree(
        "def helper():\n    return 'first'",
        "def main():\n    return helper()",
        "def helper():\n    return 'second'",
    )
    assert "first" not in found
    assert found.index("def main") < found.index("def helper")


def test_what_is_executed_finds_the_definition_above_it():
    found = agree(
        "def f():\n    return 1\nX = f()",
        "def f():\n    return 2",
        "def g():\n    return f()\nY = g()",
        "def f():\n    return 3",
        "def main():\n    return X, Y, f()",
    )
    assert [found.count(f"return {number}") for number in (1, 2, 3)] == [1, 1, 1]


def test_a_function_that_is_called_at_the_top_finds_what_names_mean_there():
    agree(
        "FACTOR = 2\ndef double(x):\n    return x * FACTOR",
        "TABLE = [double(n) for n in range(3)]",
        "FACTOR = 10",
        "def main():\n    return TABLE, double(1)",
    )


def test_a_name_of_a_dead_definition_that_only_a_later_one_replaces_stays():
    assert (
        text("x = 1", "x = 2", "x = 3\ndef main():\n    return x") == "x = 3\n\n\ndef main():\n    return x\n"
    )


@pytest.mark.parametrize(
    "cells",
    [
        ("x = 1", "x += 4", "x = x * 2"),
        ("x = y = [1]", "y = 2"),
        ("x, (y, *z) = 1, (2, 3, 4)", "x = z"),
        ("x = 1\nif x:\n    x = 2\nelse:\n    y = 3"),
        ("x = 0\nfor i in range(4):\n    x += i",),
        ("x = [(y := n * 2) for n in range(3)]\nx.append(y)",),
        ("n = 5\nx = [n for n in range(3)], n",),
        ("x = {}\nx['a'] = x\nx = len(x)",),
        ("try:\n    x = {}['a']\nexcept KeyError as error:\n    x = str(error)",),
        ("match [1, 2]:\n    case [first, *rest]:\n        x = first, rest",),
        ("from contextlib import nullcontext\nwith nullcontext(3) as x:\n    pass",),
        ("x = 1; y = 2; x = x + y",),
        ("x: int\nx = 4",),
        ("limit = 3\nclass Box:\n    limit = limit + 1\nx = Box.limit\nlimit = 9",),
        ("größe = 3\nx = größe",),
        ("n = 1\nx = (lambda: n)()\nn = 2\nx = x, (lambda: n)()",),
        ("def f(*args, **words):\n    return args, words\nx = f(*[1, 2], **{'a': 3})",),
        ("list = [1]\nx = list[0]\ndel list\nx = x, list('ab')",),
        ("x = 1\ndel x\nx = 2",),
        ("def f(n):\n    return n and f(n - 1)\nx = f(3)",),
        ("while True:\n    x = 3\n    break",),
        ("x = 1\r\ny = (x +\r\n     2)\r\nx = y\r\n",),
    ],
    ids=lambda cells: cells[0][:30] if isinstance(cells, tuple) else str(cells)[:30],
)
def test_whatever_binds_a_name_means_the_same_in_the_slice(cells):
    cells = cells if isinstance(cells, tuple) else (cells,)
    agree(*cells, "def main():\n    return x")


def test_statements_on_one_line_come_apart():
    assert (
        text("a = 1; b = 2; c = 3", "def main():\n    return b") == "b = 2\n\n\ndef main():\n    return b\n"
    )


def test_a_class_comes_with_what_its_methods_need():
    agree(
        "import math\nRATE = 2\nclass Base:\n    def rate(self):\n        return RATE",
        "class Account(Base):\n    step = RATE\n    def __init__(self, n):\n        self.n = n\n"
        "    @property\n    def total(self):\n        return math.floor(self.n * self.rate()) + self.step",
        "RATE = 3",
        "def main(n):\n    return Account(n).total",
        given=[(2.5,)],
    )


def test_closures_over_cell_variables_nonlocal_and_global_work():
    agree(
        "base = 10\ncount = 0",
        "def adder(n):\n    total = 0\n    def add(x):\n        nonlocal total\n        total += x + n + base\n        return total\n    return add",
        "add5 = adder(5)",
        "def bump():\n    global count, made\n    count += 1\n    made = count\n    return count",
        "def main():\n    return add5(1), add5(1), bump(), bump(), made, count",
    )


def test_scopes_of_comprehensions_lambdas_and_nested_functions_are_their_own():
    found = agree(
        "rows = [1, 2]\nrow = 'not mine'\nkey = 'not mine'",
        "def main(xs):\n    def key(row):\n        return -row\n    return sorted((row for row in xs + rows), key=lambda row: key(row))",
        given=[([5, 3],)],
    )
    assert "not mine" not in found


def test_names_that_code_binds_itself_when_it_runs_are_not_missed():
    agree("def start():\n    global state\n    state = 3", "def main():\n    start()\n    return state")


def test_a_call_that_binds_names_through_global_comes_along():
    agree(
        "N = 0\ndef init():\n    global N, M\n    N = 5\n    M = 3", "init()", "def main():\n    return N, M"
    )


def test_flows_that_share_helpers_give_one_module_with_each_helper_once():
    from pathlib import Path

    from kodonb.capture.slicing import Entry, cut
    from tests.capture.slicing.cells import sources

    cells = [
        "def helper(x):\n    return x + 1",
        "def one():\n    return helper(1)",
        "def two():\n    return helper(2)",
    ]
    found = cut(sources(*cells), [Entry("two"), Entry("one")], folder=Path())
    assert found.entries == ("two", "one")
    assert found.module.entry == "two"
    assert found.module.source.count("def helper") == 1
    space = made(found)
    assert (space["one"](), space["two"]()) == (whole(*cells)["one"](), whole(*cells)["two"]())


def test_a_flow_that_another_cell_calls_by_its_flow_name_is_found():
    found = sliced(
        "%%flow digits --tag x\ndef run_it(n):\n    return n * 2", "def main(n):\n    return digits(n)"
    )
    assert "digits = run_it" in found.module.source
    assert made(found)["main"](4) == 8


def test_block_under_main_and_all_stay():
    found = agree(
        "__all__ = ['main']\nx = 1",
        'def main():\n    return x\n\nif __name__ == "__main__":\n    y = main()\n    print(y)',
    )
    assert "__" not in found


def test_names_in_the_text_of_a_query_come_along():
    assert "limit = 3" in text("limit = 3", "def main(table):\n    return table.query('price > @limit')")
