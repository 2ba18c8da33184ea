"""KN114, KN115 and KN117: execution counts, parameters, paths."""

import pytest
from nbformat.v4 import new_code_cell, new_output

from kodonb.batch.lint import lint


def parameters(text):
    return new_code_cell(text, metadata={"tags": ["parameters"]})


def test_cells_were_executed_in_another_order(write):
    [one] = lint(write(*(new_code_cell("1", execution_count=count) for count in (3, 1, 2))))
    assert (one.code, one.cell, one.line, one.severity) == ("KN114", 2, None, "warning")
    assert "[1]" in one.message and "cell 1" in one.message


def test_an_output_without_a_count_among_cells_with_counts(found):
    old = new_code_cell("print('hi')", outputs=[new_output("stream", text="hi")])
    assert found(new_code_cell("1", execution_count=1), old) == [("KN114", 2, None)]


def test_a_parameter_that_nothing_reads(found):
    assert found(parameters("a = 1\nb: int = 2\n_c = 3"), "print(a)") == [("KN115", 1, 2)]


READ = {
    "a later cell": "print(size)",
    "a function": "def f():\n    return size",
    "a text": "'size > 3'",
    "a shell line": "!echo {size}",
    "a magic": "%flow run go n=$size",
    "another language": "%%bash -s $size\necho $1",
    "all names": "print(locals())",
    "a script": "%run -i other.py",
    "a formatted text": "f'{size=}'",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_a_parameter_is_read_by(found, text):
    assert found(parameters("size = 1"), text) == []


def test_a_parameter_that_its_own_cell_reads_is_read(found):
    assert found(parameters("size = 1\nfile = f'{size}.csv'"), "open(file)") == []


def test_a_parameter_that_is_only_bound_again_is_not_read(found):
    assert found(parameters("size = 1"), "size = 2") == [("KN115", 1, 1)]


@pytest.mark.parametrize(
    "path",
    [
        "/home/ada/x.csv",
        "/Users/ada/x",
        "/root/data/x",
        r"C:\Users\ada",
        "D:/data/x.csv",
        "file:///home/ada/x",
    ],
)
def test_a_path_that_exists_on_one_machine_only(write, path):
    [one] = lint(write(f"x = 1\nopen({path!r})"))
    assert (one.code, one.line, one.column, one.severity) == ("KN117", 2, 6, "warning")


def test_a_formatted_path_is_told_once(found):
    assert found("name = 'x'\nopen(f'/home/ada/{name}/home/bob')") == [("KN117", 1, 2)]
