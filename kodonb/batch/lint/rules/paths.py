"""KN117: paths that exist on one machine only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.sheet import Sheet

_PATH: Final = re.compile(
    r"(?:file://)?(?:/(?:home|Users)/[\w.~-]|/root/[\w.~-]|[A-Z]:(?:\\|/(?!/))[\w.~ -])"
)


def paths(sheet: Sheet) -> Iterator[Finding]:
    """Yield texts in the source that begin with the path of somebody's own folder."""
    for cell in sheet.cells:
        found = [(node, text) for node, text in _texts(cell.code.nodes) if _PATH.match(text)]
        told = _prose(cell.code.nodes) if found else set()
        for node, text in found:
            if id(node) not in told:
                shown = text if len(text) <= 60 else f"{text[:60]}…"
                yield cell.finding(
                    "KN117",
                    f"{shown!r} exists on one machine only",
                    "write a path relative to the notebook, or make it a parameter",
                    node.lineno,
                    node.col_offset + 1,
                )


def _texts(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Constant, str]]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def _prose(nodes: tuple[ast.AST, ...]) -> set[int]:
    """Return what says nothing to the program: docstrings, and the later parts of formatted texts."""
    docs = [node.value for node in nodes if isinstance(node, ast.Expr)]
    parts = [part for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values[1:]]
    return {id(node) for node in (*docs, *parts)}
