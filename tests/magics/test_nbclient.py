"""The magics in a notebook that is executed without a person."""

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

WORK = '''%%flow work --tag demo
import kodonb as kb

@kb.step
def half(x: float):
    return x / 2

def work(x: float = 3.0):
    """Work hard."""
    print("working")
    list(kb.progress(range(2), title="rows"))
    return half.submit(x).result()
'''

CELLS = [
    "%load_ext kodonb",
    WORK,
    "%flow run work x=5 -o run",
    "run.result()",
    WORK.replace("x / 2", "x / 4"),
    "again = %flow run work x=5\nprint(again.result())",
    "again",
    "%flow run work x=many",
    "%%flow work\ndef work():\n    oops oops\n",
    "%%flow",
    "%%flow fail --run\n\ndef fail():\n    raise ValueError('no luck')\n",
    "%%flow broken\ndef broken():\n    pass\n\n1 / 0\n",
    "import inspect\nprint(inspect.getsource(again.__class__) != '', inspect.getsource(fail.function))",
    "%flow runs --limit 5",
    "%flow run work --detach",
]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KODONB_HOME", str(folder / "home"))
        patch.setenv("KODONB_SESSION", "inline")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS])
        quiet = Config(KernelManager={"transport_encryption": "auto"})
        NotebookClient(notebook, timeout=60, allow_errors=True, config=quiet).execute()
    nbformat.validate(notebook)
    return notebook.cells


def only(cell):
    [output] = cell.outputs
    return output


def error_of(cell):
    return next(output for output in cell.outputs if output.output_type == "error")


def test_the_cell_of_a_flow_shows_its_card(cells):
    data = only(cells[1]).data
    assert "Work hard." in data["text/plain"] and "steps half" in data["text/plain"]
    assert "Work hard." in data["text/html"]


def test_a_run_leaves_one_static_picture(cells):
    output = only(cells[2])
    assert output.output_type == "display_data"
    assert output.data["text/plain"].startswith("✓ finished")
    assert set(output.data) == {"text/plain", "text/html"}
    assert "2.5" in only(cells[3]).data["text/plain"]


def test_executing_the_cell_again_replaces_the_flow(cells):
    picture, printed = cells[5].outputs
    assert picture.data["text/plain"].startswith("✓ finished")
    assert printed.text == "1.25\n"


def test_the_run_shows_itself_in_a_later_cell(cells):
    assert only(cells[6]).data["text/plain"].startswith("✓ finished")


@pytest.mark.parametrize(
    ("number", "first", "place"),
    [
        (7, "KN010: ", "  at: %flow run, Cell In[8]"),
        (8, "KN203: ", "  at: Cell In[9], line 3"),
        (9, "KN001: ", "  at: %%flow, Cell In[10]"),
    ],
)
def test_a_mistake_is_an_error_output_of_a_few_lines(cells, number, first, place):
    error = only(cells[number])
    assert error.output_type == "error"
    assert error.traceback[0].startswith(first)
    assert place in error.traceback


def test_a_failed_run_leaves_its_picture_and_an_error_with_the_users_line(cells):
    assert [output.output_type for output in cells[10].outputs] == ["display_data", "display_data", "error"]
    assert cells[10].outputs[1].data["text/plain"].startswith("✗ error")
    assert "  at: Cell In[11], line 4" in error_of(cells[10]).traceback


def test_an_error_of_the_body_is_shown_from_the_users_line_on(cells):
    shown = "\n".join(error_of(cells[11]).traceback)
    assert "ZeroDivisionError" in shown and "line 5" in shown.replace("\x1b[32m", "").replace("\x1b[39m", "")
    assert "magics" not in shown


def test_sources_are_found_in_a_kernel(cells):
    assert only(cells[12]).text.startswith("True def fail():")


def test_lists_and_detached_runs_are_shown(cells):
    assert only(cells[13]).data["text/plain"].count("✓ finished") == 2
    assert "started; %flow show" in only(cells[14]).text
