"""Notebooks with the magics loaded, in an instance of their own, whose runs are carried by this process."""

import atexit
import sys

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from kodonb import session
from kodonb.flows import register
from kodonb.magics import unload_ipython_extension


class Notebook:
    """Cells that run in an IPython with the magics, and what they show."""

    def __init__(self, shell):
        self.shell = shell
        self.ns = shell.user_ns
        shell.display_pub = CapturingDisplayPublisher(parent=shell)
        shell.kernel = object()  # outputs can be replaced, as in a notebook
        self.run("%load_ext kodonb\nimport kodonb as kb")

    def attempt(self, cell, cell_id=None):
        """Run a cell; return its error, if any."""
        self.shell.display_pub.outputs.clear()
        result = self.shell.run_cell(cell, store_history=True, cell_id=cell_id)
        return result.error_before_exec or result.error_in_exec

    def run(self, *cells, cell_id=None):
        for cell in cells:
            error = self.attempt(cell, cell_id)
            if error is not None:
                raise error
        return self

    @property
    def outputs(self):
        return self.shell.display_pub.outputs

    @property
    def texts(self):
        return [output["data"]["text/plain"] for output in self.outputs]

    @property
    def text(self):
        return "\n".join(self.texts)

    def complete(self, code, *, jedi=False):
        self.shell.Completer.use_jedi = jedi
        with provisionalcompleter():
            return {found.text for found in self.shell.Completer.completions(code, len(code))}


@pytest.fixture
def instance(tmp_path, monkeypatch):
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KODONB_SESSION", "inline")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    session.connect()  # now: threads of a test must not be the first to ask for it
    yield tmp_path
    session.disconnect()


@pytest.fixture
def notebook(instance):
    main = sys.modules["__main__"]
    known = dict(register._flows)
    register._flows.clear()
    InteractiveShell.clear_instance()
    quiet = Config(
        {"HistoryManager": {"enabled": False}, "InteractiveShell": {"autocall": 0, "colors": "nocolor"}}
    )
    shell = InteractiveShell.instance(config=quiet)
    yield Notebook(shell)
    unload_ipython_extension(shell)
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()
    register._flows.clear()
    register._flows.update(known)
    sys.modules["__main__"] = main
    for name in [name for name in sys.modules if name.startswith("kodonb_flow_")]:
        del sys.modules[name]


GREET = '''%%flow greet
from typing import Literal

def greet(name: str, tone: Literal["warm", "dry"] = "warm", times: int = 1):
    """Greet somebody.

    Args:
        name: Who is greeted.
    """
    return [f"{tone}: {name}"] * times
'''


@pytest.fixture
def greet(notebook):
    return notebook.run(GREET)
