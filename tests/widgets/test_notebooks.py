"""The notebooks that show live views, executed where nobody looks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from traitlets.config import Config

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = ("human-in-the-loop", "live-monitoring")
LIMIT = 60_000  # bytes in the file for each run that is shown


@pytest.fixture(scope="module", params=NAMES)
def executed(request, tmp_path_factory):
    """Path of a notebook that nbclient has executed, in an instance of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KODONB_HOME", str(folder / "home"))
        patch.setenv("KODONB_SESSION", "inline")
        patch.setenv("IPYTHONDIR", str(folder / "ipython"))
        patch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
        notebook = nbformat.read(NOTEBOOKS / f"{request.param}.ipynb", as_version=4)
        quiet = Config(KernelManager={"transport_encryption": "auto"})
        NotebookClient(notebook, timeout=60, config=quiet).execute()
        nbformat.validate(notebook)
        path = folder / f"{request.param}.ipynb"
        nbformat.write(notebook, path)
        yield path


def outputs(path):
    return [output for cell in nbformat.read(path, as_version=4).cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("name", sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")))
def test_a_notebook_is_kept_without_outputs(name):
    assert outputs(NOTEBOOKS / f"{name}.ipynb") == []


def test_every_run_leaves_a_static_picture_and_no_widget(executed):
    bundles = [output.data for output in outputs(executed) if "data" in output]
    pictures = [data for data in bundles if data["text/plain"].startswith("✓ finished")]
    assert pictures and all("<svg" in data["text/html"] for data in pictures)
    assert not [mime for data in bundles for mime in data if "widget" in mime]
    assert "widgets" not in nbformat.read(executed, as_version=4).metadata


def test_nothing_is_said_on_stderr_and_no_object_shows_its_address(executed):
    assert not [output for output in outputs(executed) if output.get("name") == "stderr"]
    assert not re.search(r"\b0x[0-9a-f]{6,}", executed.read_text(encoding="utf-8"))


def test_a_picture_of_a_run_adds_little_to_the_file(executed):
    pictures = [
        o for o in outputs(executed) if o.get("data", {}).get("text/plain", "").startswith("✓ finished")
    ]
    assert pictures and all(len(json.dumps(picture)) <= LIMIT for picture in pictures)


def test_nbval_finds_the_same_outputs_apart_from_what_the_patterns_name(executed):
    command = ["-m", "pytest", "--nbval", executed, "--nbval-sanitize-with", NOTEBOOKS / "nbval.cfg"]
    done = subprocess.run(
        [sys.executable, *command, "-p", "no:cacheprovider", "--color=no"],
        cwd=NOTEBOOKS.parent,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
