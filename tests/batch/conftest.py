"""Notebooks made in a test, and what executes them."""

import asyncio
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job, perform


@pytest.fixture(autouse=True)
def instance(tmp_path, monkeypatch):
    """Let kernels and commands of a test have an instance of their own, without Ray."""
    for name, value in {
        "KODONB_HOME": str(tmp_path / "home"),
        "KODONB_SESSION": "inline",
        "IPYTHONDIR": str(tmp_path / "ipython"),
        "JUPYTER_PREFER_ENV_PATH": "1",
    }.items():
        monkeypatch.setenv(name, value)


KINDS = """class Color(Enum):
    red = "red"
    green = "green"

class Limits(BaseModel):
    depth: int = 3

Mode = Literal["fast", "slow"]"""


def cell(source, *tags):
    return new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


@pytest.fixture
def notebook(tmp_path):
    """Write a notebook of these cells; a text is a cell, a pair one with a tag."""

    def write(*cells, name="work.ipynb", **metadata):
        made = [cell(each) if isinstance(each, str) else cell(*each) for each in cells]
        path = tmp_path / name
        nbformat.write(new_notebook(cells=[new_markdown_cell("# Title"), *made], metadata=metadata), path)
        return path

    return write


class Heard(Watcher):
    """What a job tells."""

    def __init__(self):
        self.cells, self.kinds, self.runs, self.overs = [], [], [], 0

    def cell(self, outcome, number, cell):
        self.cells.append(number)

    def run(self, outcome, run):
        self.runs.append((run.flow, run.status))

    def events(self, run, events):
        self.kinds += [stored.kind for stored in events]

    def over(self, outcome):
        self.overs += 1


@pytest.fixture
def job(tmp_path):
    """Execute a notebook; return what became of it, with what was heard and the executed notebook."""

    def execute(path, **more):
        heard = Heard()
        output = more.pop("output", tmp_path / "out.ipynb")
        outcome = asyncio.run(perform(Job(path=path, output=output, **more), heard))
        return outcome, heard, nbformat.read(output, as_version=4)

    return execute


def sources(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def printed(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "".join(output.text for output in outputs if output.output_type == "stream")


@pytest.fixture
def process(tmp_path):
    """Start `kodonb` as a process of its own in the test's folder."""

    def start(*words):
        command = [Path(sys.executable).parent / "kodonb", *map(str, words)]
        return subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start
