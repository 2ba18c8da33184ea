"""`kodonb run notebook.ipynb`, `inspect` and `batch`."""

import json
from contextlib import nullcontext

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kodonb.cli import spreading
from kodonb.events.plain import encode
from kodonb.model.event import Stored, event
from tests.cli.conftest import Done


@pytest.fixture(autouse=True)
def kernels(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


@pytest.fixture
def command(process):
    """Executes a command line as a process of its own."""

    def run(*words):
        child = process(*words)
        out, err = child.communicate(timeout=100)
        return Done(child.returncode, out, err)

    return run


@pytest.fixture
def work(project):
    """A notebook with parameters and a flow, in the project's folder."""
    sources = [
        "%load_ext kodonb\nimport kodonb as kb\nimport pandas as pd",
        "n: int = 2  # how many\nwho = 'you'",
        "@kb.step\ndef one(x):\n    return x",
        "%%flow count\ndef count(n: int):\n    return sum(f.result() for f in one.map(list(range(n))))",
        "%flow run count n=$n",
    ]
    cells = [new_code_cell(source) for source in sources]
    cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(new_notebook(cells=cells), project / "work.ipynb")
    return project / "work.ipynb"


def test_inspect_lists_what_a_notebook_asks_for_and_holds(kodonb, work):
    told = json.loads(kodonb("inspect", "work.ipynb", "--json").out)
    assert [(p["name"], p["type"], p["default"], p["unread"]) for p in told["parameters"]] == [
        ("n", "int", "2", False),
        ("who", "string", "'you'", True),
    ]
    assert told["flows"] == [{"name": "count", "cell": 4, "kind": "flow"}] and told["steps"] == [
        {"name": "one", "cell": 3}
    ]
    assert set(told["packages"]) == {"pandas"}, "kodonb itself goes without saying"
    text = kodonb("inspect", "work.ipynb").out
    assert "how many" in text and "read by no later cell" in text


def test_inspect_lists_workflows_beside_flows(kodonb, project):
    text = 'workflow A { source: NATS("a") target: NATS("b") agents: [Aggregator(id: "x", method: "merge", input: source)] }'
    cells = [
        f"%%kumeo\n{text}\n{text.replace('workflow A', 'workflow B')}",
        f"%%kumeo other\n{text}",
        "%%kumeo -h",
    ]
    cells = [new_code_cell(source) for source in [*cells, "%%flow one\ndef one(): ..."]]
    nbformat.write(new_notebook(cells=cells), project / "flows.ipynb")
    found = json.loads(kodonb("inspect", "flows.ipynb", "--json").out)["flows"]
    assert [(each["name"], each["cell"], each["kind"]) for each in found] == [
        ("A", 1, "workflow"),
        ("B", 1, "workflow"),
        ("other", 2, "workflow"),
        ("one", 4, "flow"),
    ]
    assert "other  cell 2  workflow" in kodonb("inspect", "flows.ipynb").out


def test_run_executes_a_notebook(command, work, project):
    done = command(
        "run", "work.ipynb", "-p", "n=4", "-o", "out.ipynb", "--html", "x.html", "--junit", "x.xml"
    )
    assert done.code == 0, done.err
    assert "[6/6] %flow run count n=$n" in done.out and "of count: finished" in done.out
    assert done.out.splitlines()[-1].startswith("work.ipynb: ok, 6 of 6 cells, 1 run, ")
    assert "parameter 'who' is read by no later cell (KN115)" in done.err
    assert (project / "x.html").exists() and 'failures="0"' in (project / "x.xml").read_text()
    assert nbformat.read(project / "out.ipynb", as_version=4).metadata.kodonb.parameters == {"n": "4"}


def test_run_tells_everything_as_json(command, work):
    done = command("run", "work.ipynb", "n=1", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert told[0] == {"cell": 1, "of": 6, "id": told[0]["id"], "title": "%load_ext kodonb"}
    assert {"meta", "inputs", "status", "step", "final"} <= {each["kind"] for each in told if "kind" in each}
    assert told[-1]["outcome"]["status"] == "ok" and told[-1]["outcome"]["runs"][0]["status"] == "finished"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["work.ipynb", "n=many"], 2, "needs a whole number"),
        (["work.ipynb", "m=1"], 2, "is not a parameter"),
        (["none.ipynb"], 2, "KN006: there is no notebook none.ipynb"),
        (["work.ipynb", "--detach"], 2, "KN001: a notebook cannot be left alone"),
        (["work.ipynb", "-f", "none.yaml"], 2, "KN006"),
        (["work.ipynb", "--answers", "work.ipynb", "--cell-timeout", "soon"], 2, "is not a duration"),
    ],
)
def test_what_cannot_be_done_is_told_before_a_kernel_starts(kodonb, work, words, code, says):
    done = kodonb("run", *words)
    assert done.code == code and says in done.err


def test_values_come_from_a_file(command, work, project):
    (project / "v.yaml").write_text("n: 3\nwho: me\n")
    done = command("run", "work.ipynb", "-f", "v.yaml", "who=us", "--json")
    assert json.loads(done.out.splitlines()[-1])["outcome"]["parameters"] == {"n": "3", "who": "us"}


def test_answers_that_are_none_are_told(kodonb, work, project):
    (project / "a.json").write_text('{"More?": 5}')
    done = kodonb("run", "work.ipynb", "--answers", "a.json")
    assert done.code == 2 and "KN005: the answer to 'More?' in a.json is no object" in done.err


def test_options_of_notebooks_are_refused_for_flows(kodonb, project):
    done = kodonb("run", "flows:good", "-o", "x.ipynb", "--kernel", "python3")
    assert done.code == 2 and "--output, --kernel is for notebooks" in done.err


@pytest.mark.parametrize("text", ["- 1", "n: [", "just text"])
def test_a_file_of_values_that_holds_none_is_told(kodonb, work, project, text):
    (project / "v.yaml").write_text(text)
    assert "KN005: v.yaml holds no names with values" in kodonb("run", "work.ipynb", "-f", "v.yaml").err


def test_batch_executes_a_grid_and_resumes_what_is_left(command, work, project):
    (project / "m.yaml").write_text("n: [1, x]\nwho: [a]\ninclude: [{n: 2, who: b}]\n")
    words = ("batch", "work.ipynb", "--matrix", "m.yaml", "-o", "done", "-n", "2", "--junit", "x.xml")
    done = command(*words)
    assert done.code == 2, "what was given does not fit"
    assert done.out.splitlines()[-1] == "3 notebooks: 2 ok, 1 failed"
    assert "work+n=x+who=a.ipynb: failed" in done.out and "KN010" in done.out
    assert sorted(path.name for path in (project / "done").iterdir()) == [
        "work+n=1+who=a.ipynb",
        "work+n=2+who=b.ipynb",
    ]
    assert 'name="done/work+n=1+who=a.ipynb"' in (project / "x.xml").read_text()
    (project / "m.yaml").write_text("n: [1, 3]\nwho: [a]\n")
    done = command(*words, "--resume")
    assert done.code == 0 and done.out.splitlines()[-1] == "2 notebooks: 1 ok, 1 done before"


class Cluster:
    """Stands for a run of the flow `batch` on a cluster, of whose notebooks one has ended."""

    id = "run1"

    def __init__(self, jobs):
        names = [json.loads(job.get_secret_value())["output"] for job in jobs]
        self.outcomes = [{"notebook": "work.ipynb", "output": name, "status": "ok"} for name in names]

    def events(self, kind):
        yield event("run1", Stored(0, 0, kind, "notebook.1", encode({"outcome": self.outcomes[0]})))

    def result(self):
        raise KeyboardInterrupt


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setattr(spreading, "client", lambda name: nullcontext())
    monkeypatch.setattr(spreading.sessions, "submit", lambda flow, inputs, session: Cluster(inputs["jobs"]))
    return Cluster


GRID = ("batch", "work.ipynb", "--matrix", "m.yaml", "--on", "ray", "-o", "done", "--junit", "x.xml")


def test_ctrl_c_leaves_a_batch_on_a_cluster_to_itself_with_a_report_of_what_has_ended(
    kodonb, work, project, cluster
):
    (project / "m.yaml").write_text("n: [1, 2]\n")
    done = kodonb(*GRID)
    assert done.code == 130 and "it goes on without this command" in done.err
    told = (project / "x.xml").read_text()
    assert 'name="done/work+n=1.ipynb"' in told and "work+n=2.ipynb" not in told


def test_a_notebook_whose_worker_died_is_told_and_reported(kodonb, work, project, cluster, monkeypatch):
    (project / "m.yaml").write_text("n: [1, 2]\n")
    error = {"code": "KN301", "message": "its worker died", "where": "", "remedy": "", "traceback": ""}
    lost = {"status": "failed", "error": error}
    monkeypatch.setattr(cluster, "result", lambda run: [run.outcomes[0], run.outcomes[1] | lost])
    done = kodonb(*GRID)
    assert done.code == 1 and "work+n=2.ipynb: failed" in done.out and "its worker died" in done.out
    assert 'errors="1"' in (project / "x.xml").read_text()


def test_batch_ends_well_when_there_is_nothing_left(kodonb, work, project):
    (project / "m.yaml").write_text("n: []\n")
    done = kodonb("batch", "work.ipynb", "--matrix", "m.yaml")
    assert done.code == 0 and done.out == "0 notebooks: nothing to do\n"


def test_a_matrix_whose_lists_are_none_is_told(kodonb, work, project):
    (project / "m.yaml").write_text("n: [1]\nexclude: 3\n")
    assert (
        "KN005: `exclude` is no list of combinations"
        in kodonb("batch", "work.ipynb", "--matrix", "m.yaml").err
    )


def test_a_workflow_that_is_inspected_as_a_notebook_is_sent_to_check(kodonb, project):
    (project / "orders.kumeo").write_text("workflow Orders { }")
    done = kodonb("inspect", "orders.kumeo")
    assert done.code == 1 and "KN601" in done.err and "kodonb check orders.kumeo" in done.err
