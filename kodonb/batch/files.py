"""Notebook files: read with one clear error, written whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any

import nbformat
import nbformat.validator

from kodonb.model.errors import NotebookError, UsageError

Notebook = nbformat.NotebookNode
"""A notebook of format 4 as nbformat has it: `cells`, `metadata`."""


def read(path: Path) -> Notebook:
    """Return a notebook; one of an older format becomes format 4.5, and each cell has an id.

    Raises:
        UsageError: There is no such file (KN006).
        NotebookError: It is no notebook, or a damaged one (KN601).
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"there is no notebook {path}: {error.strerror}", code="KN006", remedy="check the path"
        ) from None
    except UnicodeDecodeError:
        raise _damaged(path, "it is not UTF-8 text") from None
    return parsed(text, path)


def parsed(text: str, path: Path) -> Notebook:
    """Return the notebook that a text holds; errors name `path`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        where = f"line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _damaged(path, "its JSON is broken or cut off", where) from None
    if not isinstance(document, dict) or "nbformat" not in document:
        raise _damaged(path, "it is JSON, but has no `nbformat`")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cells without an id, which get one
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
            notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
            _, notebook = nbformat.validator.normalize(notebook)  # gives ids
            nbformat.validate(notebook)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        raise _damaged(path, str(error).partition("\n")[0][:200]) from None
    found: Notebook = notebook
    return found


def write(path: Path, notebook: Notebook) -> None:
    """Write a notebook; who reads the file finds the one before or this one, never a part.

    Raises:
        NotebookError: The disk is full, or the file cannot be written (KN605).
    """
    put(path, nbformat.writes(notebook) + "\n")  # type: ignore[no-untyped-call]


def put(path: Path, text: str) -> None:
    """Write a text as `write` writes a notebook.

    Raises:
        NotebookError: The disk is full, or the file cannot be written (KN605).
    """
    path = path.resolve()  # a link stays one
    beside = None
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8", errors="backslashreplace")  # /dev/stdout, a pipe
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        number, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        # What UTF-8 cannot hold becomes what JSON writes for it.
        with os.fdopen(number, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        Path(beside).chmod(_mode(path))
        Path(beside).replace(path)
    except OSError as error:
        if beside is not None:
            with contextlib.suppress(OSError):
                Path(beside).unlink()
        remedy = "what was written before is whole; make room, or write elsewhere (-o)"
        raise unwritable(path, error, remedy) from error


def unwritable(path: Path, error: OSError, remedy: str) -> NotebookError:
    """Return the error of a file that cannot be written."""
    return NotebookError(
        f"{path.name} cannot be written: {error.strerror}", code="KN605", where=str(path), remedy=remedy
    )


def language(notebook: Notebook) -> str:
    """Return the language of a notebook's cells, as its metadata name it; ``python`` by default."""
    metadata: Any = notebook.metadata
    told = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return str(told or "python").lower()


def _mode(path: Path) -> int:
    """Return the permissions a file has, or the ones that a new one gets."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _damaged(path: Path, what: str, where: str = "") -> NotebookError:
    return NotebookError(
        f"{path.name} is not a notebook: {what}",
        code="KN601",
        where=f"{path}, {where}" if where else str(path),
        remedy=(
            f"look at a workflow with kodonb check {path}"
            if path.suffix == ".kumeo"
            else "open it in JupyterLab, which says what is wrong"
        ),
    )
