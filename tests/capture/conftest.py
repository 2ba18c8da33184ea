"""Notebooks for tests: a real IPython, and plain namespaces."""

import atexit
import itertools
import linecache
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

_count = itertools.count(1)


class Notebook:
    """Cells that run in an IPython of their own."""

    def __init__(self, shell):
        self.shell = shell
        self.ns = shell.user_ns

    def run(self, *cells):
        for cell in cells:
            self.shell.run_cell(cell, store_history=True).raise_error()
        return self

    def __getitem__(self, name):
        return self.ns[name]


class Plain:
    """A namespace that code is executed in, as a REPL does; linecache holds the text."""

    def __init__(self):
        self.ns = {"__name__": "__main__"}

    def run(self, *cells):
        for cell in cells:
            file = f"<plain-{next(_count)}>"
            linecache.cache[file] = (len(cell), None, cell.splitlines(keepends=True), file)
            exec(compile(cell, file, "exec", dont_inherit=True), self.ns)
        return self

    def __getitem__(self, name):
        return self.ns[name]


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    main = sys.modules["__main__"]
    InteractiveShell.clear_instance()
    quiet = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"autocall": 0}})
    shell = InteractiveShell.instance(config=quiet)
    yield Notebook(shell)
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()
    sys.modules["__main__"] = main


@pytest.fixture
def plain():
    return Plain()


@pytest.fixture(autouse=True)
def _loaded_modules_are_forgotten():
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("kodonb_flow_", "local_")):
            del sys.modules[name]
