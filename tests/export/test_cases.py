from __future__ import annotations

from kodonb.export.cases import contract_of
from kodonb.export.reading import read
from kodonb.export.service import UNKNOWN

ADD = "%%flow add\ndef add(one: int, two: int = 2, name: str = '', sure: bool = True, many: list[int] = []): ..."


def cases(path):
    book = read(str(path))
    return [
        (case.inputs, case.result, case.where)
        for case in contract_of(book.cells, book.outputs, book.flows).cases
    ]


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
    [case] = contract_of(book.cells, book.outputs, book.flows).cases
    assert case.answers == ({"sure": "yes", "n": 3}, {"text": "3"})


def test_the_same_call_is_one_case_and_keeps_the_result_that_is_known(notebook, shows):
    path = notebook(ADD, shows("add(1)", "3"), "add(1)", "add(one=1)")
    assert cases(path) == [({"one": 1}, 3, "cell 2")]


def test_calls_of_other_functions_and_in_functions_are_none(notebook):
    path = notebook(
        ADD, "def later():\n    return add(1)", "subtract(1)", "%flow run other x=1", "f = lambda: add(2)"
    )
    assert cases(path) == []


def test_a_shown_result_belongs_to_the_very_call_that_gave_it(notebook, shows):
    path = notebook("import os", ADD, shows("add(1)", "3"), shows("add(len(os.sep * 5))", "7"))
    assert cases(path) == [({"one": 1}, 3, "cell 3")]


def test_a_name_that_was_changed_or_bound_otherwise_is_no_literal(notebook):
    path = notebook(
        ADD,
        "n = 5\nn += 1\nadd(n)",
        "xs = [1]\nxs.append(2)\nadd(1, many=xs)",
        "n, m = 7, 8\nadd(n)",
        "k = 1\nfor k in range(3):\n    pass\nadd(k)",
        "ys = [4]\nadd(2, many=ys)\nadd(3, many=ys)",
    )
    assert [inputs for inputs, _, _ in cases(path)] == [{"one": 2, "many": [4]}, {"one": 3, "many": [4]}]


def test_a_call_that_fails_in_the_notebook_is_none(notebook):
    path = notebook(ADD, "add('x')")
    text = path.read_text()
    error = '{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}'
    path.write_text(
        text.replace(
            '"outputs": [],\n   "source": [\n    "add(\'x\')"',
            f'"outputs": [{error}],\n   "source": [\n    "add(\'x\')"',
        )
    )
    assert path.read_text() != text
    assert cases(path) == []


def test_calls_of_an_earlier_definition_are_none(notebook, shows):
    path = notebook(ADD, shows("add(1)", "2"), ADD, shows("add(2)", "6"))
    assert cases(path) == [({"one": 2}, 6, "cell 4")]


def test_what_json_cannot_carry_makes_no_case(notebook):
    assert cases(notebook(ADD, "%flow run add one=NaN", "add(1e999)", "add(b'x')")) == []


def test_words_are_typed_as_the_annotation_says(notebook):
    flow = (
        "%%flow add\ndef add(a: str | None = None, b: 'Optional[int]' = None, c: Annotated[list[str], 1] = [],"
        " d: date = None): ..."
    )
    path = notebook(flow, "%flow run add a=5 b=none c=x,y d=2026-01-31")
    assert cases(path)[0][0] == {"a": "5", "b": None, "c": ["x", "y"], "d": "2026-01-31"}


def test_lines_in_texts_are_no_calls(notebook):
    assert cases(notebook(ADD, 'def f():\n    """\n    %flow run add one=1\n    """')) == []


def test_calls_with_secrets_are_left_out_and_told(notebook):
    flow = "%%flow add\ndef add(key: SecretStr, password: str = '', note: str = ''): ..."
    path = notebook(flow, "add('k')", "add.submit(note='ghp_" + "a1B2" * 10 + "')")
    book = read(str(path))
    found = contract_of(book.cells, book.outputs, book.flows)
    assert found.cases == ()
    assert [(left.where, left.what) for left in found.left] == [
        ("cell 2, line 1", "a call of add with a secret"),
        ("cell 3, line 1", "a call of add with a secret"),
    ]
