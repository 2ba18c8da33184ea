"""Files that a workflow names, looked for beside the notebook or the text."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from kodonb.kumeo.program.files import Named, files
from kodonb.kumeo.program.records import Endpoint, Program, Workflow
from kodonb.kumeo.program.values import plain

_NEEDS: Final = {
    ".pkl": "sklearn", ".pickle": "sklearn", ".joblib": "sklearn",
    ".pt": "torch", ".pth": "torch", ".ts": "torch", ".pt2": "torch",
}  # fmt: skip


class Found(NamedTuple):
    """The files of a workflow.

    Attributes:
        names: How they are called from the folder.
        packages: Modules that are needed to read them.
        left: What does not come along.
        wrong: Why some of them cannot come along although they have to.
    """

    names: tuple[str, ...]
    packages: frozenset[str]
    left: tuple[str, ...]
    wrong: tuple[str, ...]


def found(program: Program, workflow: Workflow, folder: Path) -> Found:
    """Return the files that a workflow names.

    Args:
        program: The program.
        workflow: The workflow.
        folder: Where relative paths start.
    """
    named = list(dict.fromkeys(files(program, workflow)))
    left = [told for each in named for told in _elsewhere(each)]
    names: dict[str, None] = {}
    wrong: list[str] = []
    for each in [one for one in named if not [*_elsewhere(one)]]:
        paths = _paths(each.path, folder)
        outside = [path for path in paths if path.startswith("..")]
        if outside:
            wrong.append(f"{each.by} names {each.path}, which is not below the folder")
        elif paths:
            names |= dict.fromkeys(paths)
        elif each.sure:
            wrong.append(f"{each.by} names {each.path}, which is not there")
    return Found(
        tuple(names),
        frozenset(_packages(names, folder)),
        (*left, *(told for end in (*workflow.sources, *workflow.targets) for told in _of_end(end))),
        tuple(wrong),
    )


def _elsewhere(named: Named) -> Iterator[str]:
    """Yield what is to be told of a file whose place is not beside the text."""
    if "${" in named.path:
        if named.sure:
            yield f"{named.path}, which {named.by} names: its place is known where it runs"
    elif Path(named.path).expanduser().is_absolute() and (named.sure or Path(named.path).is_file()):
        yield f"absolute path {named.path}, which {named.by} names"


def _paths(said: str, folder: Path) -> list[str]:
    """Return what a text names that is there, as paths from the folder."""
    if "\n" in said or len(said) > 255 or "://" in said or not said.strip("./ "):
        return []
    if any(char in said for char in "*?["):
        matching = [path for path in folder.glob(said) if path.is_file()] if ".." not in said else []
    else:
        matching = [folder / said] if (folder / said).exists() else []
    return sorted(Path(os.path.relpath(path, folder)).as_posix() for path in matching)


def _packages(names: Sequence[str] | dict[str, None], folder: Path) -> Iterator[str]:
    for name in names:
        path = folder / name
        if path.suffix.lower() in _NEEDS:
            yield _NEEDS[path.suffix.lower()]
        elif path.suffix == ".py" and path.is_file():
            yield from _imported(ast.parse(path.read_bytes()))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _of_end(end: Endpoint) -> Iterator[str]:
    address = str(plain(end.address) or "")
    if end.type == "File" and "${" not in address and not Path(address).expanduser().is_absolute():
        yield f'File("{address}"), which is looked for in the folder in which the service works'
