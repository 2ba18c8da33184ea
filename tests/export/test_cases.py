from __future__ import annotations

from kodonb.export.cases import cases_of
from kodonb.export.reading import read
from kodonb.export.service import UNKNOWN

ADD = "%%flow add\ndef add(one: int, two: int = 2, name: str = '', sure: bool = True, many: list[int] = []): ..."


def cases(path):
    book = read(str(path))
    return [(case.inputs, case.result, case.where) for case in cases_of(book.cells, book.outputs, book.flows)]


def test_runs_that_a_magic_starts_are_cases(notebook):
    path = notebook(
        ADD, "%flow run add one=1 name=7 sure=no many=1,2 --detach -o run", "run = %flow run add one=2"
    )
    assert cases(path) == [
        ({"one": 1, "name": "7", "sure": False, "many": [1, 2]}, UNKNOWN, "cell 2"),
        ({"one": 2}, UNKNOWN, "cell 3"),
    ]


def test_calls_and_submissions_with_literals_are_cases(notebook):
    path = notebook(
        ADD, "MANY = [3]", "run = add.submit(one=1, many=MANY)\nprint(add(1, 5))", "add.submit(one=rows())"
    )
    assert [inputs for inputs, _, _ in cases(path)] == [{"one": 1, "many": [3]}, {"one": 1, "two": 5}]


def test_a_name_that_is_no_literal_any_more_makes_no_case(notebook):
    path = notebook(ADD, "n = 1", "n = count()", "add.submit(one=n)", "%flow run add one=$n")
    assert cases(path) == []


def test_what_a_cell_shows_is_the_result_of_the_run(notebook, shows):
    path = notebook(
        ADD,
        "%flow run add one=1 -o first",
        "second = add.submit(one=2)",
        shows("first.result()", "{'sum': 3, 'parts': (1, 2)}"),
        shows("second.result(timeout=5)", "<Table of 3 rows>"),
        shows("add(one=5)", "7"),
        shows("add.submit(one=6).result()", "8"),
    )
    assert cases(path) == [
        ({"one": 1}, {"sum": 3, "parts": [1, 2]}, "cell 2"),
        ({"one": 2}, UNKNOWN, "cell 3"),
        ({"one": 5}, 7, "cell 6"),
        ({"one": 6}, 8, "cell 7"),
    ]


def test_answers_belong_to_the_run_that_they_name(notebook):
    path = notebook(
        ADD,
        "%flow run add one=1 -o run --detach",
        "%flow answer last sure=yes n=3",
        '%flow answer $run text="3"',
    )
    book = read(str(path))
    [case] = cases_of(book.cells, book.outputs, book.flows)
    assert case.answers == ({"sure": "yes", "n": 3}, {"text": 3})


def test_the_same_call_is_one_case_and_keeps_the_result_that_is_known(notebook, shows):
    path = notebook(ADD, shows("add(1)", "3"), "add(1)", "add(one=1)")
    assert cases(path) == [({"one": 1}, 3, "cell 2")]


def test_calls_of_other_functions_and_in_functions_are_none(notebook):
    path = notebook(
        ADD, "def later():\n    return add(1)", "subtract(1)", "%flow run other x=1", "f = lambda: add(2)"
    )
    assert cases(path) == []
