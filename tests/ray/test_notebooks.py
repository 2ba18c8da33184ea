"""Notebooks without a person, on a cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from kodonb.session.ray.session import RaySession

SOURCES = (
    "%load_ext kodonb\nimport kodonb as kb\nfrom pydantic import BaseModel",
    "n = 1",
    "class Choice(BaseModel):\n    size: int\n\n@kb.step\ndef double(x):\n    return 2 * x",
    "%%flow work\ndef work(n: int):\n    more = kb.ask(Choice, 'More?').size\n    return double.submit(n).result() + more",
    "print(work.submit(n=n).result())",
)


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cells = [new_code_cell(source) for source in SOURCES]
    cells[1].metadata["tags"] = ["parameters"]
    nbformat.write(new_notebook(cells=cells), tmp_path / "work.ipynb")
    (tmp_path / "answers.json").write_text('{"More?": {"size": 10}}')
    return tmp_path / "work.ipynb"


def kodonb(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kodonb.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=100)


def printed(path: Path) -> str:
    outputs = [output for cell in nbformat.read(path, as_version=4).cells for output in cell.outputs]
    return "".join(output.text for output in outputs if output.output_type == "stream")


def test_a_job_hears_runs_on_the_cluster_and_answers_them(ray_session: RaySession, notebook: Path) -> None:
    done = kodonb(notebook.parent, "run", "work.ipynb", "n=4", "--answers", "answers.json", "--json")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert {"lock", "lease", "step", "final"} <= {each["kind"] for each in told if "kind" in each}
    [run] = told[-1]["outcome"]["runs"]
    assert ray_session.log.find(run["run"]).status == "finished" and run["cell"] == 6
    assert printed(notebook.with_name("work.executed.ipynb")) == "18\n"


def test_a_batch_on_the_cluster_is_a_run_whose_steps_are_notebooks(
    ray_session: RaySession, notebook: Path
) -> None:
    (notebook.parent / "m.yaml").write_text("n: [1, 2]\n")
    words = (
        "batch",
        "work.ipynb",
        "--matrix",
        "m.yaml",
        "--answers",
        "answers.json",
        "--on",
        "ray",
        "-o",
        "done",
    )
    done = kodonb(notebook.parent, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "2 notebooks: 2 ok"
    assert [printed(notebook.parent / "done" / f"work+n={n}.ipynb") for n in (1, 2)] == ["12\n", "14\n"]
    run = done.stderr.split("run ", 1)[1].split()[0]
    assert ray_session.log.find(run).flow == "batch"
