"""Texts in Kumeo that commands are told of, and the workflows in them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from kodonb.cli.words import meant
from kodonb.flows.flow import Flow
from kodonb.kumeo.checks.reading import check_bytes
from kodonb.kumeo.diagnostics import text
from kodonb.kumeo.running import WorkflowError, compiled
from kodonb.model.errors import FlowError, UsageError

STDIN = "-"
"""Stands for standard input."""


def content(name: str) -> bytes:
    """Return what is in a file, or comes from standard input.

    Raises:
        UsageError: There is no such file, or it cannot be read (KN006).
    """
    if name == STDIN:
        return sys.stdin.buffer.read()
    path = Path(name)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        near = sorted(other.name for other in folder.glob("*.kumeo")) if folder.is_dir() else []
        raise UsageError(f"there is no file {name}", code="KN006", remedy=meant(path.name, near)) from None
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}", code="KN006", remedy="name a file that can be read"
        ) from None


def shown(name: str) -> str:
    """Return how a file is called in messages."""
    return "<stdin>" if name == STDIN else name


def workflows(place: str, name: str) -> dict[str, Flow[..., Any]]:
    """Return the flows of the workflows of a file; with a name, only that one.

    Raises:
        UsageError: There is no such file (KN006), or no such workflow in it (KN002).
        FlowError: Its text has errors, which are all printed; or a workflow cannot be planned.
    """
    checked = check_bytes(content(place), place)
    for line in text.lines(checked.diagnostics, checked.tree.source):
        print(line, file=sys.stderr)
    if checked.errors:
        remedy = (
            checked.errors[0].remedy if len(checked.errors) == 1 else "correct each: its line `do:` says how"
        )
        told = text.summary(1, checked.diagnostics).partition(": ")[2]
        raise FlowError(f"{place} has {told}", code="KN830", where=place, remedy=remedy)
    folder = str(Path(place).resolve().parent)
    known = [each.name for each in checked.program.workflows]
    if name and name not in known:
        raise UsageError(
            f"{place} has no workflow {name!r}", code="KN002", where=place, remedy=meant(name, known)
        )
    try:
        return {
            each: compiled(checked.tree.source.text, each, folder=folder)
            for each in known
            if name in {"", each}
        }
    except WorkflowError as error:
        raise FlowError(error.message, code=error.code, where=error.where, remedy=error.remedy) from error
