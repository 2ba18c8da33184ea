"""Data that local modules look for beside themselves: it does not travel with them, and that is told."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from kodonb.capture.slicing.paths import exists, looks_like_path, may_be_path

PLACES: Final = frozenset({"__file__", "__path__"})
"""Names that tell code where it stands."""


def stranded(companions: Mapping[str, tuple[str, str]], folder: Path) -> Iterator[str]:
    """Yield what is to be told of local modules that look for data, one line for each.

    Args:
        companions: Name of each local module -> its path and text.
        folder: The notebook's folder.
    """
    for name, (path, text) in companions.items():
        tree = ast.parse(text)
        found = {*_files(tree, [Path(path).parent, folder]), *_places(tree)}
        if found:
            spots = ", ".join(f"{what} (line {line})" for line, what in sorted(found))
            yield f"local module `{name}` looks for files, which do not travel with it: {spots}"


def _places(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in PLACES:
            yield node.lineno, f"`{node.id}`"


def _files(tree: ast.AST, folders: Sequence[Path]) -> Iterator[tuple[int, str]]:
    """Yield texts that name something in one of the folders, docstrings left out."""
    bare = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in bare:
            text = node.value
            plain = may_be_path(text) and looks_like_path(text) and not text.endswith(".py")
            if plain and any(exists(folder / text) for folder in folders):
                yield node.lineno, repr(text)
