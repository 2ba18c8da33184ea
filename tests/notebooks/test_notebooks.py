"""Every notebook in `notebooks/` can be executed as it is, and is kept as it should be."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ORDER = (
    "quickstart",
    "steps",
    "human-in-the-loop",
    "live-monitoring",
    "parameters",
    "pipeline",
    "llm",
    "kumeo-fraud",
    "kumeo-llm",
    "export-a-service",
)
SLOWEST = 60  # seconds that a cell may take; all of a notebook takes less, were nobody else on the machine


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def instance(tmp_path, monkeypatch):
    """An instance of its own for kernels: without Ray, and without anybody's endpoint of a language model."""
    for name in ("KODONB_STORE", "OPENAI_BASE_URL", "OPENAI_API_KEY", "OPENAI_MODEL", "KODONB_NATS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_SESSION", "inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # steps run beside each other already
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")  # `notebooks/` stays as it is


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_a_notebook_executes_without_errors_or_warnings(notebook, path, instance):
    NotebookClient(
        notebook,
        timeout=SLOWEST,
        resources={"metadata": {"path": str(path.parent)}},
        config=Config(KernelManager={"transport_encryption": "auto"}),
    ).execute()
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert outputs
    assert [output.text for output in outputs if output.get("name") == "stderr"] == []


def test_a_notebook_is_kept_without_what_executing_it_leaves(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert "widgets" not in notebook.metadata
    for cell in code(notebook):
        assert (cell.outputs, cell.execution_count) == ([], None)
        assert "execution" not in cell.metadata


def test_a_notebook_is_small_and_teaches(notebook):
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose[0] is notebook.cells[0]
    assert re.match(r"# \S", prose[0].source)
    assert sum(bool(re.search("^# ", cell.source, re.MULTILINE)) for cell in prose) == 1
    assert 10 <= len(notebook.cells) <= 22
    assert len(prose) >= 5


def test_a_notebook_is_a_page_of_the_documentation(path):
    assert (ROOT / "docs" / "notebooks" / path.name).resolve() == path
    assert path.stem in ORDER, "give it a place in the order of reading, here and in docs/index.md"


def test_the_documentation_lists_the_notebooks_in_the_order_of_reading():
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\d+\. \{doc\}`notebooks/([\w-]+)`", index, re.MULTILINE)
    tree = index.split(":caption: Notebooks\n\n")[1].split("```")[0].split()
    assert listed == list(ORDER) and tree == [f"notebooks/{name}" for name in ORDER]


def test_the_readme_lists_them_too():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\(notebooks/([\w-]+)\.ipynb\)", text) == list(ORDER)


@pytest.mark.parametrize(("name", "following"), list(pairwise(ORDER)))
def test_a_notebook_ends_with_what_to_read_next(name, following):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert f"Next: `{following}.ipynb` " in notebook.cells[-1].source


def test_the_matrix_names_parameters_of_its_notebook():
    notebook = nbformat.read(ROOT / "notebooks" / "parameters.ipynb", as_version=4)
    [cell] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    parameters = re.findall(r"^(\w+):", cell.source, re.MULTILINE)
    lines = (ROOT / "notebooks" / "data" / "matrix.yaml").read_text(encoding="utf-8").splitlines()
    values = [line for line in lines if not line.startswith("#")]
    assert {line.partition(":")[0] for line in values} < set(parameters)
    shown = "\n".join(cell.source for cell in notebook.cells)
    assert "\n".join(values) in shown, "the notebook shows another matrix than the file"
