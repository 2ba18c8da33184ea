"""Which names a piece of code takes from the module around it, and when."""

from __future__ import annotations

import ast
import symtable
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_IMPLICIT = frozenset({
    "__annotations__", "__builtins__", "__class__", "__classdict__", "__conditional_annotations__",
    "__debug__", "__doc__", "__loader__", "__module__", "__name__", "__package__", "__qualname__", "__spec__",
})  # fmt: skip
_COMPREHENSIONS = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})
_PASSING = frozenset({"class", "type parameters", "type parameter"})
_LAZY_ANNOTATIONS = sys.version_info >= (3, 14)


class Needs(NamedTuple):
    """Names that code takes from its module.

    Attributes:
        now: Needed while the definition is executed: decorators, defaults, bases, class bodies.
        later: Needed when it is called.
        hints: Useful when they exist: names in postponed annotations.
        sets: Names that it assigns itself through `global`.
        paths: Dotted names it mentions, such as ``"a.b.c"``.
    """

    now: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()
    hints: frozenset[str] = frozenset()
    sets: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()

    @property
    def required(self) -> frozenset[str]:
        """Names without which the code fails."""
        return self.now | self.later


@lru_cache(maxsize=4096)
def needs(text: str, *, postponed: bool = False) -> Needs:
    """Return what a piece of code needs.

    Args:
        text: One or several statements.
        postponed: Whether annotations are not evaluated (`from __future__ import annotations`).
    """
    future = "from __future__ import annotations\n" if postponed else ""
    found = _Found()
    found.scope(symtable.symtable(future + text, "<captured>", "exec"), eager=True)
    found.tree(ast.parse(text), postponed=postponed or _LAZY_ANNOTATIONS)
    return found.needs()


def line_of(text: str, name: str) -> int:
    """Return the line of a text in which a name is first read, from 1."""
    tree = ast.parse(text)
    read = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    quoted = [text.lineno for text in _strings(tree) if name in _names_in(text.value)]
    return min(read or quoted or [1])


class _Found:
    def __init__(self) -> None:
        self.now: set[str] = set()
        self.later: set[str] = set()
        self.hints: set[str] = set()
        self.sets: set[str] = set()
        self.paths: set[str] = set()

    def needs(self) -> Needs:
        return Needs(
            now=frozenset(self.now - _IMPLICIT),
            later=frozenset(self.later - _IMPLICIT),
            hints=frozenset(self.hints - self.now - self.later - _IMPLICIT),
            sets=frozenset(self.sets),
            paths=frozenset(self.paths),
        )

    def scope(self, table: symtable.SymbolTable, *, eager: bool) -> None:
        kind = str(getattr(table.get_type(), "value", table.get_type()))
        target = self.hints if kind == "annotation" else self.now if eager else self.later
        for symbol in table.get_symbols():
            if symbol.get_name().isidentifier():
                self._symbol(symbol, target, top=kind == "module")
        for child in table.get_children():
            self.scope(child, eager=eager and _runs_at_once(child))

    def _symbol(self, symbol: symtable.Symbol, target: set[str], *, top: bool) -> None:
        name = symbol.get_name()
        if top:
            own = symbol.is_assigned() or symbol.is_imported()
            if symbol.is_referenced():
                (self.hints if own else target).add(name)
            return
        if symbol.is_global() and symbol.is_referenced():
            target.add(name)
        if symbol.is_declared_global() and symbol.is_assigned():
            self.sets.add(name)

    def tree(self, tree: ast.Module, *, postponed: bool) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                self.hints |= set(_read_before_bound(node))
            elif isinstance(node, ast.Attribute) and (path := _dotted(node)):
                self.paths.add(path)
        for text in _strings(tree):
            self._expression(text.value)
        if postponed:
            for annotation in _annotations(tree):
                self._expression(ast.unparse(annotation))

    def _expression(self, text: object) -> None:
        self.hints |= _names_in(text)
        self.paths |= {path for node in _walk_text(text) if (path := _dotted(node))}


def _runs_at_once(table: symtable.SymbolTable) -> bool:
    kind = str(getattr(table.get_type(), "value", table.get_type()))
    return kind in _PASSING or (kind == "function" and table.get_name() in _COMPREHENSIONS)


def _read_before_bound(definition: ast.ClassDef) -> Iterator[str]:
    """Yield names that a class body reads from outside before it binds them, as in ``limit = limit``."""
    seen: set[str] = set()
    for statement in definition.body:
        nodes = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        stored = {node.id for node in nodes if isinstance(node.ctx, ast.Store)}
        yield from {node.id for node in nodes if isinstance(node.ctx, ast.Load)} & (stored - seen)
        seen |= stored


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := _dotted(node.value)):
        return f"{head}.{node.attr}"
    return None


def _annotations(tree: ast.AST) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns


def _strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the strings that stand for types: in annotations and in aliases such as ``dict[str, "Node"]``."""
    for annotation in _annotations(tree):
        yield from _quoted(annotation)
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Subscript | ast.BinOp):
            yield from _quoted(statement.value)


def _quoted(node: ast.AST) -> Iterator[ast.Constant]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    if isinstance(node, ast.Subscript):
        kind = (_dotted(node.value) or "").rpartition(".")[2]
        if kind == "Literal":
            return
        if kind == "Annotated" and isinstance(node.slice, ast.Tuple):
            yield from _quoted(node.slice.elts[0])
            return
    for child in ast.iter_child_nodes(node):
        yield from _quoted(child)


def _names_in(text: object) -> set[str]:
    return {node.id for node in _walk_text(text) if isinstance(node, ast.Name)}


def _walk_text(text: object) -> list[ast.AST]:
    try:
        tree = ast.parse(str(text).strip(), mode="eval")
    except (SyntaxError, ValueError):
        return []
    nested = [inner for quoted in _quoted(tree.body) for inner in _walk_text(quoted.value)]
    return [*ast.walk(tree), *nested] if not isinstance(tree.body, ast.Constant) else []
