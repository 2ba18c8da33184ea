"""`module:flow`, `file.py:flow`, `notebook.ipynb:flow`."""

import json
import subprocess

import nbformat
import pytest

SMALL = "import kodonb as kb\n\n@kb.flow\ndef only(n: int = 1) -> int:\n    return n\n"


def notebook(folder, *cells):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, folder / "work.ipynb")


def result(done):
    return json.loads(done.out.splitlines()[-1])["result"]


def test_a_module_is_found_in_the_current_folder(kodonb):
    assert kodonb("run", "flows:good").code == 0


def test_a_file_is_executed_with_its_folder_on_the_path(kodonb, project):
    below = project / "below"
    below.mkdir()
    (below / "beside.py").write_text("def value():\n    return 7\n")
    (below / "near.py").write_text("import beside\n" + SMALL.replace("return n", "return n * beside.value()"))
    assert result(kodonb("run", "below/near.py:only", "n=2", "--json")) == 14


def test_the_only_flow_needs_no_name(kodonb, project):
    (project / "small.py").write_text(SMALL)
    assert result(kodonb("run", "small.py", "--json")) == 1
    assert result(kodonb("run", "small", "--json")) == 1


def test_a_file_may_be_called_like_a_module_of_python(kodonb, project):
    (project / "random.py").write_text(SMALL)
    assert result(kodonb("run", "random.py:only", "--json")) == 1


def test_a_flow_is_found_by_its_own_name_too(kodonb, project):
    (project / "named.py").write_text(SMALL.replace("@kb.flow", "@kb.flow(name='other')"))
    assert result(kodonb("run", "named.py:other", "--json")) == 1


def test_several_flows_must_be_chosen_from(kodonb):
    done = kodonb("run", "flows.py")
    assert done.code == 2 and "more than one flow" in done.err and "good" in done.err and "bad" in done.err


def test_a_module_without_flows_says_how_to_make_one(kodonb, project):
    (project / "empty.py").write_text("x = 1\n")
    done = kodonb("run", "empty.py:x")
    assert done.code == 2 and "KN002" in done.err and "@kodonb.flow" in done.err


@pytest.mark.parametrize(("text", "said"), [("x = (\n", "SyntaxError"), ("import nowhere_at_all\n", "ModuleNotFoundError"),
                                        ("1 / 0\n", "ZeroDivisionError"), ("raise SystemExit(3)\n", "SystemExit")])  # fmt: skip
@pytest.mark.parametrize("target", ["broken", "broken.py"])
def test_code_that_cannot_be_imported_shows_its_own_traceback(kodonb, project, text, said, target):
    (project / "broken.py").write_text(text)
    done = kodonb("run", f"{target}:flow")
    assert done.code == 2
    assert f"KN006: {target} cannot be imported: {said}" in done.err
    assert "broken.py" in done.err and "importlib" not in done.err and "targets.py" not in done.err


def test_what_code_prints_while_it_is_loaded_does_not_mix_with_json(kodonb, project):
    (project / "loud.py").write_text("print('loud')\n" + SMALL)
    done = kodonb("run", "loud.py", "--json")
    assert "loud" in done.err
    assert all(json.loads(line) for line in done.out.splitlines())


def run(process, *words):
    # In a process of its own: an IPython changes the one that it lives in.
    child = process("run", *words)
    out, err = child.communicate(timeout=60)
    return subprocess.CompletedProcess(words, child.returncode, out, err)


CELLS = (
    "%load_ext kodonb\nimport kodonb as kb\nfactor = 10\nprint('noise')\nfactor",
    "%%flow first --title 'The first' --run\ndef first(n: int = 2) -> int:\n    return n * factor",
    "%flow run first",
    "%matplotlib inline\n@kb.flow\ndef second(n: int) -> float:\n    return 1 / n",
    "raise SystemError('this cell defines nothing that is needed')",
)


def test_a_flow_of_a_notebook_runs_without_a_kernel(process, project, kodonb):
    notebook(project, *CELLS)
    done = run(process, "work.ipynb:first", "n=4", "--json")
    assert done.returncode == 0, done.stderr
    assert all(json.loads(line) for line in done.stdout.splitlines())
    assert json.loads(done.stdout.splitlines()[-1])["result"] == 40
    assert (
        len(json.loads(kodonb("runs", "--json").out)) == 1
    )  # neither `--run` nor `%flow run` started others


def test_an_error_in_a_flow_of_a_notebook_leads_to_its_cell(process, project):
    notebook(project, *CELLS)
    done = run(process, "work.ipynb:second", "n=0")
    assert done.returncode == 1
    assert 'File "Cell In[3]", line 4, in second' in done.stderr


@pytest.mark.parametrize(("name", "said"), [(":", "more than one flow"), (":frist", "did you mean first?")])
def test_a_flow_that_a_notebook_does_not_have_executes_nothing(process, project, name, said):
    notebook(project, "open('trace', 'w').close()", *CELLS)
    done = run(process, f"work.ipynb{name}")
    assert done.returncode == 2 and "KN002" in done.stderr and said in done.stderr
    assert not (project / "trace").exists()


def test_a_cell_that_fails_is_named(process, project):
    notebook(project, "x = 1", "1 / 0", *CELLS)
    done = run(process, "work.ipynb:first")
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr and "at: Cell In[2], line 1" in done.stderr


def test_a_file_that_is_no_notebook_is_refused(kodonb, project):
    (project / "work.ipynb").write_text("no json")
    done = kodonb("run", "work.ipynb:first")
    assert done.code == 2 and done.err.startswith("KN005: work.ipynb is not a notebook")
