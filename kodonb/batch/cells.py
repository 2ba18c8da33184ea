"""What the cells of a notebook say, read as text: nothing is executed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from kodonb.batch.files import Notebook
from kodonb.capture.index import index

Cell = Any
"""A cell as nbformat has it: `cell_type`, `source`, `metadata`, `outputs`."""


def code_cells(notebook: Notebook) -> list[Cell]:
    """Return the code cells of a notebook, in their order."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def until(notebook: Notebook, place: int) -> list[Cell]:
    """Return the code cells up to a place among all cells, with the one that is there."""
    return [cell for cell in notebook.cells[: place + 1] if cell.cell_type == "code"]


def is_executed(cell: Cell) -> bool:
    """Whether a job executes a cell: it is code, is not empty, and is not tagged ``skip-execution``."""
    return bool(cell.cell_type == "code" and cell.source.strip() and "skip-execution" not in tags(cell))


def tags(cell: Cell) -> frozenset[str]:
    """Return the tags of a cell."""
    return frozenset(cell.metadata.get("tags", ()))


def tagged(notebook: Notebook, tag: str) -> int | None:
    """Return the place among all cells of the first code cell with a tag; `None` if there is none."""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and tag in tags(cell):
            return place
    return None


def statements(cell: Cell) -> list[ast.stmt]:
    """Return the Python statements of a cell without its magics; none if it is not Python."""
    found = index(cell.source)
    return list(found.tree.body) if found is not None else []


def names(tree: ast.AST) -> Iterator[str]:
    """Yield the names that code reads, those in annotations written as text included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"[A-Za-z_]\w*", node.value) if len(node.value) < 200 else ()
