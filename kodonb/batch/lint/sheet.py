"""A notebook as the rules see it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from kodonb.batch import files
from kodonb.batch.lint.finding import Finding, severity
from kodonb.batch.lint.reading.code import NOTHING, Code, code_of

_NOT_EXECUTED: Final = frozenset({"raises-exception", "skip", "skip-execution"})


class Cell:
    """A code cell.

    Args:
        number: Its number among all code cells, from 1.
        index: Its place among all cells, from 0.
        content: What the file has of it.
        python: Whether the notebook's language is Python, and one that can be read here.
    """

    def __init__(self, number: int, index: int, content: Mapping[str, Any], *, python: bool = True) -> None:
        self.number = number
        self.index = index
        self.id = str(content.get("id", ""))
        self.text = str(content.get("source", ""))
        self.tags = frozenset(content.get("metadata", {}).get("tags", ()))
        self.outputs: list[Any] = list(content.get("outputs", ()))
        self.count: int | None = content.get("execution_count")
        self._python = python

    @cached_property
    def code(self) -> Code:
        """What the cell says in Python."""
        return code_of(self.text) if self._python else NOTHING

    @property
    def excused(self) -> bool:
        """Whether the cell's tags say that it is not executed, or fails on purpose."""
        return bool(self.tags & _NOT_EXECUTED)

    def finding(
        self,
        code: str,
        message: str,
        remedy: str,
        line: int | None = None,
        column: int | None = None,
        *,
        fixable: bool = False,
    ) -> Finding:
        """Return a finding in this cell."""
        return Finding(
            code=code,
            message=message,
            remedy=remedy,
            severity=severity(code),
            cell=self.number,
            id=self.id,
            line=line,
            column=column,
            fixable=fixable,
        )


class Sheet:
    """A notebook.

    Args:
        notebook: The notebook, as `files.read` returns it.
        ids: Ids of its cells that stand in the file; `files.read` invents the others.
        modern: Whether a newer Python than this one wrote it; its syntax is not judged then.
    """

    def __init__(self, notebook: files.Notebook, ids: Mapping[int, str], *, modern: bool = False) -> None:
        self.metadata: Any = notebook.metadata
        self.modern = modern
        self.size = len(notebook.cells)
        python = files.language(notebook) in {"python", "ipython"} and _version(self.metadata) >= (3,)
        code = [(index, cell) for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
        self.cells = tuple(
            Cell(number, index, {**cell, "id": ids.get(index, "")}, python=python)
            for number, (index, cell) in enumerate(code, 1)
        )


def read(path: Path) -> tuple[Sheet, str]:
    """Return a notebook and the text of its file.

    Raises:
        UsageError: There is no such file (KN006).
        NotebookError: It is no notebook, or a damaged one (KN601).
    """
    notebook = files.read(path)
    text = path.read_text(encoding="utf-8")
    cells = json.loads(text).get("cells", ())
    ids = {index: str(cell["id"]) for index, cell in enumerate(cells) if "id" in cell}
    return Sheet(notebook, ids, modern=_version(notebook.metadata) > sys.version_info[:2]), text


def _version(metadata: Any) -> tuple[int, ...]:
    """Return major and minor version of the kernel's Python; of this one if it is not told."""
    told = str(metadata.get("language_info", {}).get("version", "")).split(".")[:2]
    return tuple(map(int, told)) if all(part.isdecimal() for part in told) else sys.version_info[:2]
