"""What a notebook asks for and holds, without executing it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kodonb.batch import files
from kodonb.batch.cells import Cell, code_cells, statements
from kodonb.batch.flow import name_of
from kodonb.batch.heads import split
from kodonb.batch.lint.rules.unread import unread_later
from kodonb.batch.parameters import Parameters, parameters
from kodonb.batch.workflow import text_of
from kodonb.capture.body import decorators
from kodonb.capture.provenance import packages
from kodonb.model.errors import FlowError, UsageError


def inspect(path: Path) -> dict[str, Any]:
    """Return what there is to know of a notebook.

    Returns:
        `notebook`, `language`, `kernel`, `cells`; `parameters` (`name type default required help unread`); `flows`
        (`name cell kind`, where the kind is `flow`, or `workflow` in Kumeo) and `steps` (`name cell`); `packages`
        (distribution -> installed version, empty if it is not installed).

    Raises:
        UsageError: There is no such file (KN006).
        NotebookError: It is no notebook (KN601).
    """
    notebook = files.read(path)
    cells = code_cells(notebook)
    python = files.language(notebook) == "python"
    return {
        "notebook": str(path),
        "language": files.language(notebook),
        "kernel": notebook.metadata.get("kernelspec", {}).get("name", ""),
        "cells": len(cells),
        "parameters": _parameters(notebook, path) if python else [],
        "flows": list(_flows(cells)) if python else [],
        "steps": _steps(cells) if python else [],
        "packages": _packages(cells) if python else {},
    }


def _parameters(notebook: files.Notebook, path: Path) -> list[dict[str, Any]]:
    found = _asked(notebook, path)
    if found is None:
        return []
    idle = unread_later(notebook) if found.flow is None else []
    fields = found.form.schema.get("properties", {})
    return [
        {
            "name": each.name,
            "type": each.annotation or fields.get(each.name, {}).get("type", "any"),
            "default": each.default,
            "required": not each.default,
            "help": each.help or fields.get(each.name, {}).get("description", ""),
            "unread": each.name in idle,
        }
        for each in found.declared
    ]


def _asked(notebook: files.Notebook, path: Path) -> Parameters | None:
    # What is wrong with a flow is told by `kodonb lint`, and by its cell.
    with suppress(FlowError, UsageError):
        return parameters(notebook, path)
    return None


def _flows(cells: list[Cell]) -> Iterator[dict[str, Any]]:
    """Yield the flows that cells define; the cell counts from 1."""
    for number, cell in enumerate(cells, 1):
        head, _ = split(cell.source)
        with suppress(UsageError):  # as above
            if head is not None and head.name == "kumeo":
                yield from _workflows(number, cell)
            elif head is None or head.name != "flow":
                yield from ({**each, "kind": "flow"} for each in _decorated(number, cell, "flow"))
            elif name := name_of(head):
                yield {"name": name, "cell": number, "kind": "flow"}


def _workflows(number: int, cell: Cell) -> Iterator[dict[str, Any]]:
    text = text_of(cell.source)
    if text is not None:
        for name in text.flows(text.checked(f"cell {number}").program.workflows):
            yield {"name": name, "cell": number, "kind": "workflow"}


def _steps(cells: list[Cell]) -> list[dict[str, Any]]:
    return [step for number, cell in enumerate(cells, 1) for step in _decorated(number, cell, "step")]


def _decorated(number: int, cell: Cell, mark: str) -> Iterator[dict[str, Any]]:
    for node in statements(cell):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and mark in decorators(node):
            yield {"name": node.name, "cell": number}


def _packages(cells: list[Cell]) -> dict[str, str]:
    roots: set[str] = set()
    for cell in cells:
        for node in (inner for statement in statements(cell) for inner in ast.walk(statement)):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.partition(".")[0])
    return packages(roots)
