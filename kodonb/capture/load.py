"""Turns a captured module into one that Python knows, with the user's cells and lines in it."""

from __future__ import annotations
import __future__

import ast
import linecache
import os
import sys
import threading
from itertools import groupby
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

from kodonb.capture.emit import WRITTEN
from kodonb.capture.finder import install
from kodonb.capture.index import first_line
from kodonb.capture.sources import place
from kodonb.capture.traces import innermost
from kodonb.model.errors import CaptureError
from kodonb.model.module import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kodonb.model.module import Module

_guard = threading.RLock()


def load(module: Module) -> ModuleType:
    """Import a captured module, once per process.

    Tracebacks show the cells and lines that its code was typed in, and `inspect.getsource` works.

    Args:
        module: The captured module.

    Returns:
        ``sys.modules[module.name]``.

    Raises:
        CaptureError: Its code, or a local module it imports, fails (KN105).
    """
    with _guard:
        found = sys.modules.get(module.name)
        return found if found is not None else _import(module)


def _import(module: Module) -> ModuleType:
    install(module.companions)
    _show(module)
    made = ModuleType(module.name)
    made.__file__ = f"<{module.name}>"
    sys.modules[module.name] = made
    try:
        for code in _compiled(module):
            exec(code, vars(made))  # noqa: S102 - running the user's code is what this is for
    except BaseException as error:
        del sys.modules[module.name]
        if not isinstance(error, Exception):
            raise
        raise _failure(error, module) from error
    return made


def _compiled(module: Module) -> Iterator[CodeType]:
    tree = ast.parse(module.source)
    flags = _futures(tree)
    for piece, statements in groupby(tree.body, key=lambda statement: _piece(module, first_line(statement))):
        body = [ast.increment_lineno(statement, piece.start - piece.line) for statement in statements]
        part = ast.Module(body=body, type_ignores=[])
        yield compile(part, piece.file, "exec", flags=flags, dont_inherit=True)


def _futures(tree: ast.Module) -> int:
    flags = 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for alias in node.names:
                flags |= getattr(__future__, alias.name).compiler_flag
    return flags


def _piece(module: Module, line: int) -> Piece:
    for piece in module.pieces:
        if piece.line <= line < piece.line + piece.count:
            return piece
    return Piece(line=1, count=line, file=WRITTEN, start=1)


def _show(module: Module) -> None:
    """Give the text of the module, and of the cells it was taken from, to tracebacks and `inspect`."""
    lines = module.source.splitlines(keepends=True)
    _register(f"<{module.name}>", lines)
    for file, pieces in groupby(sorted(module.pieces, key=lambda piece: piece.file), key=lambda p: p.file):
        # A file that is there shows itself, whole.
        if not os.path.exists(file):  # noqa: PTH110 - "Cell In[3]" is no path
            _register(file, _laid_over(file, lines, list(pieces)))


def _laid_over(file: str, lines: list[str], pieces: list[Piece]) -> list[str]:
    """Put the lines of pieces where they were in their cell, over what other modules hold of it."""
    known: Any = linecache.cache.get(file, (0, None, [], file))
    shown = list(known[2]) if len(known) > 1 else []
    shown += ["\n"] * (max(piece.start + piece.count - 1 for piece in pieces) - len(shown))
    # From the last to the first: what is cleared below a piece is not of this module.
    for piece in sorted(pieces, key=lambda piece: -piece.start):
        start = piece.start - 1
        shown[start : start + piece.count] = lines[piece.line - 1 : piece.line - 1 + piece.count]
        _clear_rest(shown, start + piece.count)
    return shown


def _clear_rest(shown: list[str], at: int) -> None:
    """Blank what is left of a longer definition that another module had in the same place."""
    while at < len(shown) and shown[at][:1].isspace():
        shown[at] = "\n"
        at += 1


def _register(file: str, lines: list[str]) -> None:
    # No time of change: `linecache.checkcache` leaves such entries alone.
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _failure(error: Exception, module: Module) -> CaptureError:
    where = innermost(error)
    if isinstance(error, SyntaxError) and error.filename is None:
        origin = module.origin(error.lineno or 1)
        where = place(*origin) if origin is not None else where
    return CaptureError(
        f"captured code of `{module.entry}` does not load: {type(error).__name__}: {error}",
        code="KN105",
        where=where or f"`{module.entry}`",
        remedy="see whether this process has the packages and the Python that the code was written for",
    )
