"""The types that parameters may have: imports, classes and aliases of the cells around them, without a kernel."""

from __future__ import annotations

import ast
import contextlib
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from kodonb.batch.cells import Cell, names, statements

MODULE: Final = "kodonb_parameters"
"""Name of the module in which the types of a notebook's parameters are made."""

Definition = ast.Import | ast.ImportFrom | ast.ClassDef | ast.Assign


def namespace(cells: Iterable[Cell], wanted: Iterable[str], folder: Path) -> dict[str, Any]:
    """Return what names stand for that imports, classes and aliases of types define.

    Only what the wanted names need is executed. What fails is left out: its place is where the kernel executes it.

    Args:
        cells: Code cells in their order.
        wanted: Names that are asked for.
        folder: Where the notebook lies, from which it may import.
    """
    defined = _defined(cells)
    needed: dict[int, Definition] = {}
    pending = [name for name in wanted if name in defined]
    while pending:
        order, node = defined[pending.pop()]
        if order not in needed:
            needed[order] = node
            pending += [name for name in names(node) if name in defined]
    return _execute([needed[order] for order in sorted(needed)], folder)


def _defined(cells: Iterable[Cell]) -> dict[str, tuple[int, Definition]]:
    found: dict[str, tuple[int, Definition]] = {}
    for order, node in enumerate(node for cell in cells for node in statements(cell)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (order, node)
        elif isinstance(node, ast.ClassDef):
            found[node.name] = (order, node)
        elif isinstance(node, ast.Assign) and _is_alias(node.value):
            found.update({t.id: (order, node) for t in node.targets if isinstance(t, ast.Name)})
    return found


def _is_alias(value: ast.expr) -> bool:
    """Whether a value may be a type, such as ``Literal["a", "b"]``, ``int | None`` or ``numpy.float64``."""
    return isinstance(value, ast.Subscript | ast.Name | ast.Attribute) or (
        isinstance(value, ast.BinOp) and isinstance(value.op, ast.BitOr)
    )


def _execute(nodes: Iterable[ast.stmt], folder: Path) -> dict[str, Any]:
    # A module of that name must be there: pydantic and dataclasses look for the one that a class names.
    module = sys.modules[MODULE] = ModuleType(MODULE)
    space = vars(module)
    with _importing_from(folder), contextlib.redirect_stdout(io.StringIO()):
        for node in nodes:
            with contextlib.suppress(Exception):
                exec(compile(ast.Module([node], []), "<parameters>", "exec"), space)  # noqa: S102 - its types
    return space


_taken: dict[str, Path] = {}
"""Modules that were imported from folders of notebooks, with these folders."""


@contextlib.contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Import modules from a notebook's folder, and none of the same name that lay beside another notebook."""
    folder = folder.absolute()
    for name in [name for name, home in _taken.items() if home != folder]:
        sys.modules.pop(name, None)
        del _taken[name]
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        _taken.update({name: folder for name in sys.modules.keys() - before if folder in _homes(name)})


def _homes(name: str) -> tuple[Path, ...]:
    """Return the folders in which a module may have been found."""
    file = getattr(sys.modules.get(name.partition(".")[0]), "__file__", None)
    return tuple(Path(file).parents[:2]) if file else ()
