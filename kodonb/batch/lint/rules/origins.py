"""Which call a name of a notebook comes from, with its full dotted name."""

from __future__ import annotations

import ast
from typing import Final

from kodonb.batch.lint.sheet import Sheet

TIED: Final = {
    "open": "file",
    "io.open": "file",
    "asyncio.Lock": "lock",
    "concurrent.futures.ThreadPoolExecutor": "pool of threads",
    "multiprocessing.Lock": "lock",
    "psycopg.connect": "connection",
    "psycopg2.connect": "connection",
    "queue.Queue": "queue",
    "socket.create_connection": "socket",
    "socket.socket": "socket",
    "sqlalchemy.create_engine": "database engine",
    "sqlite3.connect": "connection",
    "subprocess.Popen": "process",
    "tempfile.NamedTemporaryFile": "file",
    "tempfile.TemporaryFile": "file",
    "threading.Condition": "lock",
    "threading.Event": "lock",
    "threading.Lock": "lock",
    "threading.RLock": "lock",
    "threading.Semaphore": "lock",
    "threading.Thread": "thread",
    "urllib.request.urlopen": "connection",
}
"""Calls whose result belongs to this process, with what it is."""

DATA: Final = {
    **dict.fromkeys(
        [
            f"pandas.{name}"
            for name in ("DataFrame", "read_csv", "read_table", "read_parquet", "read_feather")
        ],
        "DataFrame",
    ),
    "pandas.Series": "Series",
    **dict.fromkeys([f"polars.{name}" for name in ("DataFrame", "read_csv", "read_parquet")], "DataFrame"),
    **dict.fromkeys(
        [
            f"numpy.{name}"
            for name in ("arange", "array", "full", "genfromtxt", "linspace", "loadtxt", "ones", "zeros")
        ],
        "NumPy array",
    ),
}
"""Calls whose result is data, with what it is."""

_IN_PARTS: Final = frozenset({"chunksize", "iterator"})


class Origins:
    """Assignments of a notebook's names.

    Args:
        sheet: The notebook.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._values: dict[str, ast.expr] = {}
        self._modules: dict[str, str] = {}
        self._bound: set[str] = set()
        for cell in sheet.cells:
            self._bound.update(use.name for use in cell.code.names.now if use.kind == "bind")
            for statement in cell.code.tree.body:
                self._take(statement)

    def _take(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self._values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                self._values[name] = value
            case ast.Import(names=names):
                for alias in names:
                    first = alias.name.partition(".")[0]
                    self._modules[alias.asname or first] = alias.name if alias.asname else first
            case ast.ImportFrom(module=str(module), names=names, level=0):
                self._modules.update(
                    {alias.asname or alias.name: f"{module}.{alias.name}" for alias in names}
                )

    def of(self, name: str) -> str | None:
        """Return what was called for the value of a name, such as ``"pandas.read_csv"``."""
        value = self._values.get(name)
        if not isinstance(value, ast.Call) or _IN_PARTS.intersection(word.arg for word in value.keywords):
            return None
        return self.dotted(value.func)

    def dotted(self, node: ast.expr) -> str | None:
        """Return the full name of what an expression such as ``pd.read_csv`` means."""
        if isinstance(node, ast.Attribute):
            owner = self.dotted(node.value)
            return f"{owner}.{node.attr}" if owner is not None else None
        if not isinstance(node, ast.Name):
            return None
        return self._modules.get(node.id, None if node.id in self._bound else node.id)
