"""Small notebooks, and pytest as a user starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

INSTALLED = bool(entry_points(group="pytest11", name="kodonb"))
"""Whether the installed metadata name the plugin; those of a checkout that was installed long ago do not."""


class Folder:
    """A folder with notebooks and tests, in which pytest is started.

    Args:
        path: The folder.
    """

    def __init__(self, path):
        self.path = path

    def ini(self, *lines):
        (self.path / "pytest.ini").write_text("\n".join(["[pytest]", *lines]), encoding="utf-8")

    def notebook(self, name, *cells, kernel="python3"):
        """Write a notebook; a cell is its source, or a pair of source and tags."""
        made = new_notebook(metadata={"kernelspec": {"name": kernel, "display_name": kernel}})
        for number, cell in enumerate(cells, 1):
            source, tags = (cell, []) if isinstance(cell, str) else cell
            made.cells.append(new_code_cell(source, id=f"c{number}", metadata={"tags": list(tags)}))
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(made, path)
        return path

    def collected(self, *args):
        """Return the names of the tests that pytest finds."""
        # Of other plugins only what is needed: they take most of the time.
        others = [
            word for name in ("anyio", "hypothesispytest", "nbval", "xdist") for word in ("-p", f"no:{name}")
        ]
        done = self.pytest("--co", "-q", *others, *args)
        return [line for line in done.text.splitlines() if "::" in line]

    def pytest(self, *args, env=None):
        """Start pytest and return what it printed, with its exit code."""
        plugin = [] if INSTALLED else ["-p", "kodonb.batch.testing"]
        command = [sys.executable, "-m", "pytest", *plugin, "-p", "no:cacheprovider", "-W", "error"]
        done = subprocess.run(
            [*command, "--color=no", *map(str, args)],
            cwd=self.path,
            env=os.environ | {"COLUMNS": "200"} | (env or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )
        return Done(done.returncode, done.stdout + done.stderr)


class Done:
    """What became of pytest."""

    def __init__(self, code, text):
        self.code = code
        self.text = text

    @property
    def counts(self):
        """What pytest says last, e.g. ``{"passed": 2}``."""
        last = next(line for line in reversed(self.text.splitlines()) if " in " in line and "=" in line)
        words = last.strip("= ").partition(" in ")[0].split(", ")
        return {kind.rstrip("s"): int(number) for number, kind in (word.split() for word in words)}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_SESSION", "inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    # A pytest in a pytest shall not take what was meant for the outer one.
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    made = Folder(tmp_path / "project")
    made.path.mkdir()
    made.ini("asyncio_default_fixture_loop_scope = function")
    return made
