"""A real Jupyter server on a free port, with folders and settings of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

TOKEN = "let-me-in"
BIN = Path(sys.executable).parent
_KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


class Jupyter:
    """A server of JupyterLab or Notebook 7.

    Args:
        folder: Everything it keeps goes there; notebooks are in ``notebooks``.
        app: ``lab`` or ``notebook``.
    """

    def __init__(self, folder, app="lab"):
        self.folder, self.app = folder, app
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.port = _free_port()
        self.output = folder / "output"

    def __enter__(self):
        name = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[self.app]
        command = [
            BIN / "jupyter",
            self.app,
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            f"--port={self.port}",
            "--ServerApp.port_retries=0",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.notebooks}",
            f"--{name}.expose_app_in_browser=True",
        ]
        self._settle()
        self._file = self.output.open("wb")
        self._process = subprocess.Popen(
            command,
            env=self._environment(),
            stdout=self._file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait()
        return self

    def _settle(self):
        """Answer in advance what JupyterLab asks everybody who comes for the first time."""
        folder = self.folder / "settings_dir" / "@jupyterlab" / "apputils-extension"
        folder.mkdir(parents=True)
        answers = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        (folder / "notification.jupyterlab-settings").write_text(json.dumps(answers))

    def _environment(self):
        folders = {
            f"JUPYTER_{name}": str(self.folder / name.lower())
            for name in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR")
        }
        folders |= {
            f"JUPYTERLAB_{name}": str(self.folder / name.lower())
            for name in ("SETTINGS_DIR", "WORKSPACES_DIR")
        }
        path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
        return (
            os.environ
            | folders
            | {"PATH": path, "JUPYTER_PREFER_ENV_PATH": "1", "IPYTHONDIR": str(self.folder / "ipython")}
        )

    def _wait(self):
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api?token={TOKEN}", timeout=2).close()
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert self._process.poll() is None and time.monotonic() < until, self.output.read_text()
                time.sleep(0.2)
            else:
                return

    def __exit__(self, *_):
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(15)
        self._file.close()

    def write(self, name, *cells):
        """Write a notebook; return its name."""
        path = self.notebooks / name
        made = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata=_KERNEL)
        nbformat.write(made, path)
        return name

    def read(self, name):
        """Return a notebook as it was saved."""
        return nbformat.read(self.notebooks / name, as_version=4)

    def url(self, name):
        """Return the address of a notebook."""
        place = {"lab": "doc/tree", "notebook": "notebooks"}[self.app]
        return f"http://127.0.0.1:{self.port}/{place}/{name}?token={TOKEN}"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
