"""Finds the lines that made the object a name is bound to now."""

from __future__ import annotations
import __future__

import ast
from typing import TYPE_CHECKING, NamedTuple

from kodonb.capture.index import Def, Index, first_line, index
from kodonb.capture.unit import Chunk
from kodonb.capture.unwrap import methods_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FunctionType

    from kodonb.capture.sources import Library, Source

_POSTPONED = __future__.annotations.compiler_flag


class Found(NamedTuple):
    """A statement and the source it is in."""

    statement: ast.stmt
    known: Index
    source: Source

    @property
    def name(self) -> str:
        """The name that a definition binds."""
        return str(getattr(self.statement, "name", ""))

    @property
    def decorated(self) -> bool:
        """Whether decorators stand above it."""
        return bool(getattr(self.statement, "decorator_list", ()))

    @property
    def postponed(self) -> bool:
        """Whether its text postpones annotations."""
        return "annotations" in self.known.futures

    @property
    def line(self) -> int:
        """First line in the user's file or cell."""
        return first_line(self.statement) + self.source.offset

    def chunk(self) -> Chunk | None:
        """Return its lines; `None` if they cannot stand alone."""
        found = self.known.lines_of(self.statement)
        if found is None:
            return None
        first, lines = found
        return Chunk(tuple(lines), self.source.label, first + self.source.offset, self.source.cell)


def postpones(function: FunctionType) -> bool:
    """Whether a function was compiled with postponed annotations, in whichever cell that was asked for."""
    return bool(function.__code__.co_flags & _POSTPONED)


def of_function(function: FunctionType, library: Library) -> Found | None:
    """Return the `def` or the ``name = lambda`` that a function was compiled from."""
    code = function.__code__
    source = library.find(code.co_filename)
    known = index(source.text) if source is not None else None
    if source is None or known is None:
        return None
    line = code.co_firstlineno - source.offset
    for node in known.functions.get(line, ()):
        if node.name == code.co_name and _parameters(node) == code.co_varnames[: _count(function)]:
            return Found(node, known, source)
    for statement in known.tree.body:
        if _is_lambda(statement) and statement.lineno <= line <= (statement.end_lineno or 0):
            return Found(statement, known, source) if code.co_name == "<lambda>" else None
    return None


def of_class(kind: type, library: Library) -> Found | None:
    """Return the `class` statement that a class was made by.

    Methods lead to it; a class without methods is looked for among the sources, the last executed first.
    """
    methods = methods_of(kind)
    for method in methods.values():
        source = library.find(method.__code__.co_filename)
        line = method.__code__.co_firstlineno
        for found in _classes(kind.__name__, source) if source is not None else ():
            if found.line <= line <= (found.statement.end_lineno or 0) + found.source.offset:
                return found
    for _, source in library.everything():
        for found in _classes(kind.__name__, source):
            if _fits(found.statement, kind):
                return found
    return None


def latest(name: str, library: Library) -> Found | None:
    """Return the last executed statement that may have bound a name, if it stands on its own."""
    for _, source in library.everything():
        known = index(source.text)
        bindings = known.bindings.get(name) if known is not None else None
        if known is not None and bindings:
            last = bindings[-1]
            return Found(last.statement, known, source) if last.top else None
    return None


def anywhere(name: str, library: Library) -> Found | None:
    """Return the last executed statement that binds a name in any way, imports included."""
    for _, source in library.everything():
        known = index(source.text)
        if known is None:
            continue
        if name in known.bindings:
            return Found(known.bindings[name][-1].statement, known, source)
        if name in known.imports:
            line = known.imports[name][-1].line
            nodes = (node for node in ast.walk(known.tree) if isinstance(node, ast.Import | ast.ImportFrom))
            return Found(next(node for node in nodes if node.lineno == line), known, source)
    return None


def string_annotations(kind: type, definition: ast.stmt) -> bool:
    """Whether the annotations of a class are text although they were not typed as text."""
    kept = vars(kind).get("__annotations__", {})
    typed = [node for node in getattr(definition, "body", ()) if isinstance(node, ast.AnnAssign)]
    return any(
        isinstance(node.target, ast.Name)
        and isinstance(kept.get(node.target.id), str)
        and not isinstance(node.annotation, ast.Constant)
        for node in typed
    )


def _classes(name: str, source: Source) -> Iterator[Found]:
    known = index(source.text)
    for binding in reversed(known.bindings.get(name, ())) if known is not None else ():
        if isinstance(binding.statement, ast.ClassDef) and known is not None:
            yield Found(binding.statement, known, source)


def _fits(statement: ast.stmt, kind: type) -> bool:
    body = getattr(statement, "body", ())
    targets = [node.target for node in body if isinstance(node, ast.AnnAssign)]
    typed = {target.id for target in targets if isinstance(target, ast.Name)}
    kept = set(vars(kind).get("__annotations__", typed))
    defined = {node.name for node in body if isinstance(node, Def) and not node.name.startswith("__")}
    return typed == kept and defined <= set(vars(kind))


def _is_lambda(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Lambda)


def _parameters(node: Def) -> tuple[str, ...]:
    words = node.args
    extra = [arg.arg for arg in (words.vararg, words.kwarg) if arg is not None]
    return (*(arg.arg for arg in (*words.posonlyargs, *words.args, *words.kwonlyargs)), *extra)


def _count(function: FunctionType) -> int:
    code = function.__code__
    return code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)
