"""`%%flow` defines a flow in a cell."""

import inspect
import traceback

import pytest

from kodonb import session
from kodonb.flows import register
from kodonb.flows.flow import Flow
from kodonb.model.errors import FlowError, RunFailed, UsageError
from tests.magics.conftest import GREET


def test_the_cells_names_land_in_the_notebook_and_the_function_becomes_a_flow(notebook):
    notebook.run(
        "%%flow add\nLIMIT = 3\n\ndef double(x):\n    return 2 * x\n\ndef add(a: int, b: int = 1):\n    return double(a) + b\n"
    )
    assert notebook.ns["LIMIT"] == 3
    assert notebook.ns["double"](2) == 4
    assert isinstance(notebook.ns["add"], Flow)
    assert notebook.ns["add"](1) == 3
    assert register.find("add") is notebook.ns["add"]


def test_a_flow_is_bound_under_its_own_name_too(notebook):
    notebook.run("%%flow main\ndef work():\n    return 1\n")
    assert notebook.ns["main"] is notebook.ns["work"]
    notebook.run("%%flow night-shift\ndef night_shift():\n    return 1\n")
    assert register.find("night-shift") is notebook.ns["night_shift"]


def test_options_describe_the_flow(notebook):
    notebook.run(
        "%%flow work --title 'Hard work' --summary Toil --tag a --tag b --author Ada --organization Lab "
        "--version 2 --retries 3 --timeout 5m --num-cpus 2 --num-gpus 0.5 --memory 2GiB --pip tqdm --pip 'rich>=13'\n"
        "def work():\n    pass\n"
    )
    meta = register.find("work").meta
    assert (meta.title, meta.summary, meta.tags) == ("Hard work", "Toil", ("a", "b"))
    assert (meta.author, meta.organization, meta.version) == ("Ada", "Lab", "2")
    assert (meta.retries, meta.timeout, meta.pip) == (3, 300.0, ("tqdm", "rich>=13"))
    assert (meta.resources.num_cpus, meta.resources.num_gpus, meta.resources.memory) == (2.0, 0.5, 2 * 2**30)


def test_options_of_the_cell_win_over_those_of_a_decorator_and_leave_the_others(notebook):
    notebook.run(
        "%%flow work --tag new --num-cpus 2\n@kb.flow(title='Kept', tags=['old'], memory='1GiB')\ndef work():\n    pass\n"
    )
    meta = register.find("work").meta
    assert (meta.title, meta.tags) == ("Kept", ("new",))
    assert (meta.resources.num_cpus, meta.resources.memory) == (2.0, 2**30)


def test_the_card_is_shown_once_as_text_and_html(greet):
    [output] = greet.outputs
    assert "Greet somebody." in output["data"]["text/plain"]
    assert "Who is greeted." in output["data"]["text/html"]


def test_the_card_names_the_steps(notebook):
    notebook.run(
        "%%flow work\n@kb.step\ndef half(x):\n    return x / 2\n\ndef work(x: float):\n    return half(x)\n"
    )
    assert "steps half" in notebook.text


def test_executing_the_cell_again_replaces_the_flow(notebook):
    notebook.run("%%flow work\ndef work():\n    return 1\n", "%%flow work\ndef work():\n    return 2\n")
    notebook.run("%flow run work -o run")
    assert notebook.ns["run"].result() == 2


@pytest.mark.parametrize("above", ["", "\n\n"])
def test_tracebacks_and_sources_show_the_exact_line_of_the_cell(notebook, above):
    notebook.run(f"{above}%%flow fail\ndef fail():\n    x = 1\n    return x / 0\n")
    line = 4 + len(above)
    assert inspect.getsource(notebook.ns["fail"].function).startswith("def fail():")
    with pytest.raises(ZeroDivisionError) as caught:
        notebook.ns["fail"]()
    assert traceback.extract_tb(caught.value.__traceback__)[-1].lineno == line
    error = notebook.attempt("%flow run fail")
    assert isinstance(error, RunFailed)
    assert error.where == f"Cell In[2], line {line}"


def test_an_error_while_the_body_executes_is_shown_from_the_users_line_on(notebook, capsys):
    error = notebook.attempt("%%flow work\nimport math\n\nlimit = 1 / 0\ndef work():\n    pass\n")
    assert isinstance(error, ZeroDivisionError)
    shown = capsys.readouterr().out
    assert "Cell In[2], line 4" in shown
    assert "magics" not in shown and "interactiveshell" not in shown
    assert "work" not in register.flows()


def test_the_cells_id_travels_with_the_captured_code(notebook):
    notebook.run("def helper():\n    return 1\n", cell_id="cell-a")
    notebook.run("%%flow work\ndef work():\n    return helper()\n", cell_id="cell-b")
    notebook.run("%flow run work -o run", cell_id="cell-c")
    [meta] = [event.payload for event in notebook.ns["run"].events(kind="meta", follow=False)]
    assert meta["module"]["cells"] == ["cell-a", "cell-b"]


def test_what_cannot_travel_yet_is_a_warning_on_the_card_and_an_error_when_it_is_run(notebook):
    notebook.run("%%flow work\ndef work():\n    return later()\n")
    assert "KN101" in notebook.text and "`later` is not defined" in notebook.text
    notebook.run("def later():\n    return 5\n", "%flow run work -o run")
    assert notebook.ns["run"].result() == 5


def test_a_name_whose_definition_was_deleted_is_named_with_its_cell(notebook):
    notebook.run(
        "def helper():\n    return 1\n", "%%flow work\ndef work():\n    return helper()\n", "del helper"
    )
    error = notebook.attempt("%flow run work")
    assert error.code == "KN101"
    assert "deleted" in error.message and "Cell In[2]" in error.message
    assert error.where == "Cell In[3], line 3"


def test_an_object_that_cannot_travel_is_named_before_anything_starts(notebook):
    notebook.run(
        "import threading\nguard = threading.Lock()",
        "%%flow work\ndef work():\n    with guard:\n        return 1\n",
    )
    assert "KN102" in notebook.text
    error = notebook.attempt("%flow run work")
    assert error.code == "KN102" and "guard" in error.message
    assert session.select() == []


def test_show_code_prints_the_captured_module(notebook):
    notebook.run("%%flow work --show-code\nimport math\ndef work():\n    return math.pi\n")
    assert notebook.texts[-1].startswith("import math")
    assert "<span" in notebook.outputs[-1]["data"]["text/html"]


def test_run_starts_it_with_its_defaults(notebook):
    notebook.run("%%flow work --run\ndef work(x: int = 4):\n    return x\n")
    assert session.attach("last").result() == 4
    error = notebook.attempt("%%flow work --run\ndef work(x: int):\n    return x\n")
    assert error.code == "KN010"


@pytest.mark.parametrize(
    ("cell", "code", "where"),
    [
        ("%%flow\ndef a():\n    pass\n", "KN001", "%%flow, Cell In[2]"),
        ("%%flow a --tilte x\ndef a():\n    pass\n", "KN001", "%%flow, Cell In[2]"),
        ("%%flow a --title 'x\ndef a():\n    pass\n", "KN005", "%%flow, Cell In[2]"),
        ("%%flow a=1\ndef a():\n    pass\n", "KN005", "%%flow, Cell In[2]"),
        ("%%flow a --retries many\ndef a():\n    pass\n", "KN005", "%%flow, Cell In[2]"),
        ("%%flow a", "KN201", "Cell In[2], line 1"),
        ("%%flow", "KN001", "%%flow, Cell In[2]"),
        ("%%flow a\nx = 1\n", "KN201", "Cell In[2], line 1"),
        ("%%flow a\ndef a():\n    pass\na = 3\n", "KN201", "Cell In[2]"),
        ("%%flow c\ndef a():\n    pass\n\ndef b():\n    pass\n", "KN202", "Cell In[2], line 2"),
        ("%%flow a\ndef a():\n    retrun 1\n", "KN203", "Cell In[2], line 3"),
        ("%%flow a\ndef a():\n    pass\nreturn 1\n", "KN203", "Cell In[2], line 4"),
        ("%%flow a\ndef a(x: Missing):\n    pass\n", None, None),
        ("%%flow a\ndef a(x: 'Missing'):\n    pass\n", "KN205", "Cell In[2], line 2"),
    ],
)
def test_a_cell_that_defines_no_flow_says_why_and_where(notebook, cell, code, where):
    error = notebook.attempt(cell)
    if code is None:
        assert isinstance(error, NameError)
        return
    assert isinstance(error, FlowError | UsageError)
    assert (error.code, error.where) == (code, where)
    assert error.remedy


def test_a_misspelt_option_is_corrected(notebook):
    assert notebook.attempt("%%flow a --tilte x\ndef a():\n    pass\n").remedy == "did you mean --title?"


def test_help_is_printed_and_documents_the_magic(notebook, capsys):
    notebook.run("%%flow -h")
    assert "--show-code" in capsys.readouterr().out
    assert "--show-code" in notebook.shell.find_magic("flow", "cell").__doc__
    assert "%flow answer RUN" in notebook.shell.find_magic("flow", "line").__doc__


def test_a_cell_outside_of_history_is_numbered_all_the_same(notebook):
    notebook.shell.run_cell_magic("flow", "greet", GREET.partition("\n")[2])
    assert notebook.ns["greet"](name="Ada") == ["warm: Ada"]
    assert inspect.getsource(notebook.ns["greet"].function).startswith("def greet")
