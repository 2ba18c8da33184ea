"""What a notebook asks for and holds, without executing it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from kodonb.batch import files
from kodonb.batch.cells import Cell, code_cells, statements
from kodonb.batch.parameters import parameters, unread
from kodonb.capture.provenance import packages

_FLOW: Final = re.compile(r"\s*%%flow\s+(?P<name>\w+)(?P<rest>.*)")


def inspect(path: Path) -> dict[str, Any]:
    """Return what there is to know of a notebook.

    Returns:
        `notebook`, `language`, `kernel`, `cells`; `parameters` (`name type default required help unread`); `flows`
        and `steps` (`name cell`); `packages` (distribution -> installed version, empty if it is not installed).

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
        "flows": list(_marked(cells, "flow")) if python else [],
        "steps": list(_marked(cells, "step")) if python else [],
        "packages": _packages(cells) if python else {},
    }


def _parameters(notebook: files.Notebook, path: Path) -> list[dict[str, Any]]:
    found = parameters(notebook, path)
    if found is None:
        return []
    idle, fields = unread(notebook, found), found.form.schema.get("properties", {})
    return [
        {
            "name": each.name,
            "type": each.annotation or fields.get(each.name, {}).get("type", "any"),
            "default": each.default,
            "required": not each.default,
            "help": each.help,
            "unread": each.name in idle,
        }
        for each in found.declared
    ]


def _marked(cells: list[Cell], mark: str) -> Iterator[dict[str, Any]]:
    """Yield the functions that are decorated as flows or steps; the cell counts from 1."""
    for number, cell in enumerate(cells, 1):
        head = _FLOW.match(cell.source)
        if head and mark == "flow":
            yield {"name": head["name"], "cell": number}
            continue
        for node in statements(cell):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                _is(decorator, mark) for decorator in node.decorator_list
            ):
                yield {"name": node.name, "cell": number}


def _is(decorator: ast.expr, mark: str) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == mark


def _packages(cells: list[Cell]) -> dict[str, str]:
    roots: set[str] = set()
    for cell in cells:
        for node in (inner for statement in statements(cell) for inner in ast.walk(statement)):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                roots.add(node.module.partition(".")[0])
    return packages(roots)
