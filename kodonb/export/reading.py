"""From what a command names to the cells of code and the flows in them."""

from __future__ import annotations

import difflib
import hashlib
import sys
import tokenize
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, NamedTuple

from kodonb.batch import files
from kodonb.batch.cells import code_cells
from kodonb.capture.sources import Source
from kodonb.export.flows import apart, flows_of
from kodonb.export.service import Exposed
from kodonb.export.workflows import Translated, file, translated, wanted
from kodonb.model.errors import ServiceError, UsageError


class Book(NamedTuple):
    """What is exported from.

    Attributes:
        path: The notebook or the file.
        cells: Its code; a file is one cell. What is in Kumeo is here as Python.
        outputs: Outputs of each cell, as nbformat has them.
        flows: The flows that are wanted.
        others: Names of the flows that are not.
        digest: SHA-256 of the code.
        texts: What is in Kumeo.
    """

    path: Path
    cells: tuple[Source, ...]
    outputs: tuple[Sequence[Any], ...]
    flows: tuple[Exposed, ...]
    others: tuple[str, ...]
    digest: str
    texts: tuple[Translated, ...] = ()


def read(target: str) -> Book:
    """Return what a target names.

    Args:
        target: ``notebook.ipynb``, ``file.py``, ``file.kumeo`` or a module; with ``:flow`` or ``:flow,flow`` only
            these flows, else all.

    Raises:
        UsageError: There is no such file or module (KN006), or no such flow (KN002).
        NotebookError: The file is no notebook (KN601).
        FlowError: A text in Kumeo has errors (KN830).
        ServiceError: It defines no flow, is not Python, or flows of it cannot be offered together (KN701); a file that
            a workflow names is not there (KN804).
    """
    spot, colon, names = target.rpartition(":")
    path = _path(spot if colon else target)
    typed, outputs = _notebook(path) if path.suffix == ".ipynb" else _file(path)
    made = [file(typed[0].text, path)] if path.suffix == ".kumeo" else translated(typed, path.parent)
    cells = tuple(each.source if isinstance(each, Translated) else each for each in made)
    known = flows_of(cells)
    chosen = _chosen(known, names.split(",") if colon else [], path)
    apart(chosen)
    texts = tuple(each for each in made if isinstance(each, Translated))
    wanted(texts, [flow.function for flow in chosen])
    text = "\0".join(cell.text for cell in typed)
    return Book(
        path=path,
        cells=cells,
        outputs=outputs,
        flows=chosen,
        others=tuple(sorted(set(known) - {flow.name for flow in chosen})),
        digest=hashlib.sha256(text.encode()).hexdigest(),
        texts=texts,
    )


def _path(spot: str) -> Path:
    if spot.endswith((".ipynb", ".py", ".kumeo")):
        path = Path(spot)
        if not path.is_file():
            near = (
                [other.name for other in path.parent.glob(f"*{path.suffix}")] if path.parent.is_dir() else []
            )
            raise UsageError(f"there is no file {spot}", code="KN006", remedy=_meant(path.name, near))
        return path.resolve()
    return _of_module(spot)


def _of_module(name: str) -> Path:
    spec = _spec(name)
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        raise UsageError(
            f"there is no module {name!r} of Python code",
            code="KN006",
            remedy="name a notebook.ipynb, a file.py, a file.kumeo, or a module that can be imported from here",
        )
    return Path(spec.origin)


def _spec(name: str) -> ModuleSpec | None:
    """Return where a module is; none of the packages above it is executed, as `find_spec` would do."""
    folders: Sequence[str] | None = [str(Path.cwd()), *sys.path]
    spec = None
    for end in range(1, name.count(".") + 2):
        spec = PathFinder.find_spec(".".join(name.split(".")[:end]), folders)
        if spec is None:
            return None
        folders = spec.submodule_search_locations
    return spec


def _notebook(path: Path) -> tuple[tuple[Source, ...], tuple[Sequence[Any], ...]]:
    notebook = files.read(path)
    if files.language(notebook) != "python":
        raise ServiceError(
            f"{path.name} is written in {files.language(notebook)}",
            code="KN701",
            where=str(path),
            remedy="services are exported from Python",
        )
    cells = code_cells(notebook)
    sources = tuple(
        Source(cell.source, f"cell {number}", cell=cell.id) for number, cell in enumerate(cells, 1)
    )
    return sources, tuple(tuple(cell.outputs) for cell in cells)


def _file(path: Path) -> tuple[tuple[Source, ...], tuple[Sequence[Any], ...]]:
    try:
        text = path.read_text("utf-8-sig") if path.suffix == ".kumeo" else _python(path)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} cannot be read: {error}", code="KN006", where=str(path), remedy="check the file"
        ) from error
    return (Source(text, path.name),), ((),)


def _python(path: Path) -> str:
    with tokenize.open(path) as opened:
        return opened.read()


def _chosen(known: dict[str, Exposed], names: list[str], path: Path) -> tuple[Exposed, ...]:
    if not known:
        raise ServiceError(
            f"{path.name} defines no flow",
            code="KN701",
            where=path.name,
            remedy="begin a cell with %%flow NAME or %%kumeo, or decorate a function with @kodonb.flow",
        )
    for name in names:
        if name not in known:
            raise UsageError(
                f"{path.name} has no flow {name!r}",
                code="KN002",
                where=path.name,
                remedy=_meant(name, list(known)),
            )
    return tuple(known[name] for name in dict.fromkeys(names or known))


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known)) or '(none)'}"
