"""Where the text of a piece of code comes from: cells, files, a REPL."""

from __future__ import annotations

import linecache
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kodonb.capture.unwrap import function_of, methods_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_cells: dict[int, str] = {}


def remember_cell(number: int, cell: str) -> None:
    """Note the id of the notebook cell that is executed under a number."""
    _cells[number] = cell


class Source(NamedTuple):
    """Text that was compiled under some file name.

    Attributes:
        text: The code as the user typed it.
        label: What tracebacks and messages call it: ``"Cell In[3]"``, or a path.
        offset: Lines of the file before the text; 1 for the body of a cell with a magic line.
        cell: Id of the notebook cell, if known.
    """

    text: str
    label: str
    offset: int = 0
    cell: str | None = None


def place(label: str, line: int) -> str:
    """Say where a line is: ``"Cell In[3], line 7"`` or ``"flows.py, line 12"``."""
    short = label if label.startswith("<") else Path(label).name
    return f"{short}, line {line}"


def running_shell() -> Any | None:
    """Return IPython's shell if this process has one; never imports IPython."""
    getter = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return getter() if getter is not None else None


def label_of(filename: str) -> str:
    """Return the name under which users know a file name: IPython's cells have one of their own."""
    formatter = getattr(getattr(running_shell(), "compile", None), "format_code_name", None)
    known = formatter(filename) if formatter is not None else None
    return " ".join(known) if known else filename


class Library:
    """The sources that a namespace was filled from.

    Args:
        home: The namespace.
        given: Sources by the file name of their code objects; they win over what is found.
    """

    def __init__(self, home: Mapping[str, Any], given: Mapping[str, Source] | None = None) -> None:
        self._home = home
        self._given = dict(given or {})
        self._found: dict[str, Source | None] = {}
        self._everything: list[tuple[str, Source]] | None = None
        shell = running_shell()
        self._shell = shell if getattr(shell, "user_ns", None) is home else None

    def find(self, filename: str) -> Source | None:
        """Return the source of a code object's file name."""
        if filename not in self._found:
            self._found[filename] = self._given.get(filename) or self._from_linecache(filename)
        return self._found[filename]

    def everything(self) -> list[tuple[str, Source]]:
        """Return file names and sources of the namespace, the last executed first."""
        if self._everything is None:
            found = [(name, source) for name in self._names() if (source := self.find(name))]
            self._everything = sorted(found, key=lambda pair: -_number(pair[1].label))
        return self._everything

    def rank(self, source: Source) -> int:
        """Return the place of a source in the notebook's order.

        A cell counts from the first time its text was executed, so that running a helper's cell again
        does not change the order, and with it the hash, of what is captured.
        """
        number = _number(source.label)
        history = getattr(getattr(self._shell, "history_manager", None), "input_hist_raw", None)
        if not history or not 0 < number < len(history):
            return number
        return int(history.index(history[number]))

    def _from_linecache(self, filename: str) -> Source | None:
        text = "".join(linecache.getlines(filename, dict(self._home)))
        label = label_of(filename)
        return Source(text, label, cell=_cells.get(_number(label))) if text else None

    def _names(self) -> Iterable[str]:
        names = list(self._given)
        if self._shell is not None:
            names += getattr(self._shell.compile, "_filename_map", {})
        elif self._home.get("__name__") == "__main__":
            names += [name for name in list(linecache.cache) if name.startswith("<python-input-")]
        if isinstance(self._home.get("__file__"), str):
            names.append(self._home["__file__"])
        names += self._compiled()
        return dict.fromkeys(names)

    def _compiled(self) -> Iterable[str]:
        for value in list(self._home.values()):
            functions = methods_of(value).values() if isinstance(value, type) else [function_of(value)]
            for function in functions:
                if function is not None and function.__globals__ is self._home:
                    yield function.__code__.co_filename


def _number(label: str) -> int:
    match = re.search(r"In\[(\d+)\]", label)
    return int(match[1]) if match else 0
