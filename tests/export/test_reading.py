from __future__ import annotations

import pytest

from kodonb.export.reading import read
from kodonb.model.errors import FlowError, NotebookError, ServiceError, UsageError

SEARCH = '''%%flow search --title "A search" --tag a --tag b --timeout 10m --retries 2
import math

def search(depth: int = 3, *, name: str = "x") -> float:
    """Search deep."""
    return math.sqrt(depth)
'''


def test_a_flow_cell_tells_name_function_parameters_and_options(notebook):
    [flow] = read(str(notebook("import kodonb as kb", SEARCH))).flows
    assert (flow.name, flow.function, flow.place) == ("search", "search", "cell 2")
    assert flow.parameters == {"depth": "int", "name": "str"}
    assert (flow.meta.title, flow.meta.summary, flow.meta.tags) == ("A search", "Search deep.", ("a", "b"))
    assert (flow.meta.timeout, flow.meta.retries) == (600, 2)
    assert flow.decorator == '@kb.flow(title="A search", tags=["a", "b"], retries=2, timeout=600)'


def test_what_is_typed_for_a_cell_only_is_no_option_of_the_flow(notebook):
    [flow] = read(str(notebook("%%flow my-flow --run --show-code\ndef my_flow(): ..."))).flows
    assert flow.decorator == '@kb.flow(name="my-flow")'


def test_a_decorated_function_is_a_flow_with_the_literals_of_its_decorator(notebook):
    cell = "@kb.flow(name='deep', retries=1, timeout=LIMIT)\ndef f(x): ...\n\n@kb.step\ndef g(): ..."
    [flow] = read(str(notebook(cell))).flows
    assert (flow.name, flow.function, flow.decorator, flow.meta.retries) == ("deep", "f", "", 1)


def test_what_is_typed_above_a_decorated_function_replaces_what_its_decorator_says(notebook):
    [flow] = read(str(notebook("%%flow g --retries 2\n@kb.flow(retries=1, version='3')\ndef f(): ..."))).flows
    assert flow.decorator == '@kb.flow(name="g", retries=2)'
    assert (flow.meta.retries, flow.meta.version) == (2, "3")


def test_a_decorated_function_under_a_flow_line_that_adds_nothing_stays_as_it_is(notebook):
    [flow] = read(str(notebook("%%flow f\n@kb.flow(retries=1)\ndef f(): ..."))).flows
    assert flow.decorator == ""


def test_all_flows_are_read_unless_some_are_named(notebook):
    path = notebook("%%flow one\ndef one(): ...", "%%flow two\ndef two(): ...", "%%flow one\ndef one(x): ...")
    assert [flow.name for flow in read(str(path)).flows] == ["one", "two"]
    chosen = read(f"{path}:two")
    assert [flow.name for flow in chosen.flows] == ["two"]
    assert chosen.others == ("one",)
    assert [flow.name for flow in read(f"{path}:two,one").flows] == ["two", "one"]


def test_the_last_definition_of_a_flow_counts(notebook):
    path = notebook("%%flow one\ndef one(): ...", "%%flow one\ndef one(x): ...")
    assert read(str(path)).flows[0].place == "cell 2"


def test_a_file_is_read_as_one_cell(tmp_path):
    path = tmp_path / "deep.py"
    path.write_text("import kodonb\n\n\n@kodonb.flow\ndef deep(x: int) -> int:\n    return x\n")
    book = read(str(path))
    assert [(cell.label, flow.name) for cell, flow in zip(book.cells, book.flows, strict=True)] == [
        ("deep.py", "deep")
    ]


def test_a_module_is_read_from_its_file(tmp_path, monkeypatch):
    (tmp_path / "deep_module.py").write_text("import kodonb\n@kodonb.flow\ndef deep(x): ...\n")
    monkeypatch.chdir(tmp_path)
    assert [flow.name for flow in read("deep_module:deep").flows] == ["deep"]


@pytest.fixture
def shelf(notebook, tmp_path, monkeypatch):
    """A folder of notebooks with something wrong in each."""
    monkeypatch.chdir(tmp_path)
    notebook("%%flow one\ndef one(): ...", name="missin.ipynb")
    notebook("1 + 1", name="empty.ipynb")
    notebook("%%flow nothing\nx = 1", name="none.ipynb")
    notebook("%%flow one --retrys 2\ndef one(): ...", name="option.ipynb")
    (tmp_path / "broken.ipynb").write_text("{")


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("what", "kind", "told"),
    [
        ("missing.ipynb", UsageError, ("KN006", "did you mean missin.ipynb?")),
        ("missin.ipynb:onne", UsageError, ("KN002", "did you mean one?")),
        ("missin.ipynb:two", UsageError, ("KN002", "there are: one")),
        ("empty.ipynb", ServiceError, ("KN701", "%%flow NAME")),
        ("broken.ipynb", NotebookError, ("KN601", "JupyterLab")),
        ("no_such_module", UsageError, ("KN006", "notebook.ipynb")),
        ("none.ipynb", FlowError, ("KN201", "def nothing")),
        ("option.ipynb", UsageError, ("KN001", "--retries")),
    ],
)
def test_what_cannot_be_read_is_told(what, kind, told):
    with pytest.raises(kind) as raised:
        read(what)
    assert all(part in str(raised.value) for part in told)


def test_a_notebook_of_another_language_is_refused(notebook):
    path = notebook("%%flow one")
    path.write_text(
        path.read_text().replace('"metadata": {}', '"metadata": {"language_info": {"name": "R"}}')
    )
    with pytest.raises(ServiceError, match=r"KN701: book\.ipynb is written in r"):
        read(str(path))
