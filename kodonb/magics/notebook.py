"""Flows of a notebook file, without a kernel: its cells are executed in a bare IPython."""

from __future__ import annotations

import ast
import atexit
import contextlib
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from kodonb.capture.index import index
from kodonb.flows import register
from kodonb.flows.flow import Flow
from kodonb.magics.extension import load_ipython_extension
from kodonb.magics.grammar import DEFINE
from kodonb.magics.parse import parse, words
from kodonb.magics.terms import nearest
from kodonb.model.errors import KodonbError, UsageError

Flows = dict[str, Flow[..., Any]]

_HEAD: Final = re.compile(r"\s*%%flow\s+(.*)")
_KUMEO: Final = re.compile(r"\s*%%kumeo\b(.*)\n?")
_RUN: Final = re.compile(r"^(\s*%%flow\b.*?)\s--run\b", re.MULTILINE)


def define(path: Path, name: str | None = None) -> Flows:
    """Execute the code cells of a notebook up to the one that defines a flow, and return what they defined.

    Cells that only give commands, such as ``%flow run``, are left out; nothing is displayed.

    Args:
        path: The notebook file.
        name: Name of the flow; may be left out if the notebook defines only one.

    Returns:
        The flows by name.

    Raises:
        UsageError: The file is no notebook (KN005), nothing here reads one (KN006); no such flow (KN002).
    """
    cells = _cells(path)
    name = _wanted(path, cells, name)
    before = register.flows()
    shell = _shell()
    sys.path.insert(0, str(path.parent))
    with contextlib.chdir(path.parent):
        for cell in cells:
            _execute(shell, cell)
            if name in _new(before):
                break
    return _new(before)


def _cells(path: Path) -> list[Any]:
    try:
        import nbformat  # noqa: PLC0415 - an optional dependency
    except ModuleNotFoundError:
        raise UsageError(
            "reading a notebook needs nbformat, which is not installed",
            code="KN006",
            where=path.name,
            remedy="pip install 'kodonb[lab]'",
        ) from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of notebooks of older formats, which are read all the same
            notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        said = str(error).partition("\n")[0][:200]
        raise UsageError(
            f"{path.name} is not a notebook: {said}",
            code="KN005",
            where=str(path),
            remedy="open it in JupyterLab, which says what is wrong",
        ) from error
    return [cell for cell in notebook.cells if cell.cell_type == "code" and not _commands_only(cell.source)]


def _commands_only(source: str) -> bool:
    lines = [line.strip() for line in source.splitlines()]
    return all(line.startswith(("%flow ", "%kumeo ", "#")) or not line for line in lines)


def _wanted(path: Path, cells: list[Any], name: str | None) -> str | None:
    """Return the name of the flow, found in the text, so that nothing is executed in vain."""
    known = list(dict.fromkeys(found for cell in cells for found in _defined(cell.source)))
    if name in known or not known:
        return name
    if name is None and len(known) == 1:
        return known[0]
    missing = "more than one flow" if name is None else f"no flow {name!r}"
    remedy = (
        f"did you mean {near}?"
        if name and (near := nearest(name, known))
        else f"use one of: {', '.join(known)}"
    )
    raise UsageError(f"{path.name} has {missing}", code="KN002", where=path.name, remedy=remedy)


def _defined(source: str) -> Iterator[str]:
    """Yield the names of the flows that a cell defines."""
    if kumeo := _KUMEO.match(source):
        yield from _workflows(kumeo[1], source[kumeo.end() :])
        return
    head, found = _HEAD.match(source), index(source)
    if head:
        with contextlib.suppress(KodonbError):  # what is wrong with it is told when it is executed
            yield parse(DEFINE, words(head[1])).values["name"]
        return
    for node in found.tree.body if found is not None else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (_name(mark, node.name) for mark in node.decorator_list if _is_flow(mark))


def _workflows(line: str, text: str) -> Iterator[str]:
    from kodonb.kumeo.checks.checking import check  # noqa: PLC0415 - the language is loaded for its cells only
    from kodonb.magics.kumeo.grammar import DEFINE as CELL  # noqa: PLC0415

    with contextlib.suppress(KodonbError):  # what is wrong with it is told when it is executed
        name = parse(CELL, words(line)).values.get("name")
        yield from [name] if name else (each.name for each in check(text).program.workflows)


def _is_flow(mark: ast.expr) -> bool:
    called = mark.func if isinstance(mark, ast.Call) else mark
    return (called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")) == "flow"


def _name(mark: ast.expr, function: str) -> str:
    given = {word.arg: word.value for word in mark.keywords} if isinstance(mark, ast.Call) else {}
    named = given.get("name")
    return str(named.value) if isinstance(named, ast.Constant) else function


class _Bare(InteractiveShell):
    """An IPython that has nobody in front of it."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Do nothing: ``%matplotlib`` has no screen here."""


def _shell() -> InteractiveShell:
    """Return an IPython that keeps no history, and its files for as long as it lives."""
    folder = tempfile.TemporaryDirectory(prefix="kodonb-")
    atexit.register(folder.cleanup)
    quiet = Config({"HistoryManager": {"enabled": False}})
    shell = _Bare.instance(config=quiet, ipython_dir=folder.name)
    load_ipython_extension(shell)
    return shell


def _execute(shell: InteractiveShell, cell: Any) -> None:
    source = _RUN.sub(r"\1", cell.source, count=1)
    with capture_output():
        result = shell.run_cell(  # type: ignore[no-untyped-call]
            source, store_history=True, cell_id=cell.get("id")
        )
    result.raise_error()


def _new(before: Flows) -> Flows:
    return {name: flow for name, flow in register.flows().items() if before.get(name) is not flow}
