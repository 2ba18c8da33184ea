"""What a statement binds in its module, surely or perhaps, and what it reads before that."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Import = ast.Import | ast.ImportFrom
_LEAVES: Final = (ast.Raise, ast.Return, ast.Continue, ast.Break)


class Bound(NamedTuple):
    """Names that statements bind.

    Attributes:
        names: Names that they bind, if only in some case.
        surely: Names that they bind in every case.
        gone: Names that they delete.
        before: Names that they may read before they bind them.
    """

    names: frozenset[str] = frozenset()
    surely: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()


def bound(statements: Iterable[ast.stmt]) -> Bound:
    """Return what statements of one scope bind."""
    walk = _Walk()
    surely = walk.block(statements, frozenset())
    names = frozenset(walk.names)
    return Bound(names, surely & names, frozenset(walk.gone), frozenset(walk.read) & names)


def imported(node: ast.stmt) -> Iterator[tuple[str, ast.alias]]:
    """Yield the names that an import binds, with the part that does; those of `__future__` are none to be used."""
    if isinstance(node, _Import) and getattr(node, "module", "") != "__future__":
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0], alias


def loads(node: ast.AST | None, *, annotations: bool = True) -> Iterator[str]:
    """Yield the names that code reads while it is executed, bodies of functions left out."""
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, Comprehension):
        own = {name for each in node.generators for name in stores(each.target)}
        yield from (name for part in _children(node) for name in loads(part) if name not in own)
    else:
        for part in now(node, annotations=annotations):
            yield from loads(part, annotations=annotations)


def stores(node: ast.AST | None) -> Iterator[str]:
    """Yield the names that an expression, a pattern or a simple statement binds."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()):
            yield name
        case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield name
    if isinstance(node, Comprehension):
        parts = [part.target for part in ast.walk(node) if isinstance(part, ast.NamedExpr)]
        yield from (part.id for part in parts)
        return
    for part in now(node):
        yield from stores(part)


def now(node: ast.AST | None, *, annotations: bool = True) -> Iterator[ast.AST]:
    """Yield the parts of a node that are executed with it: of a function no more than its head."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from node.decorator_list
        yield from _defaults(node.args)
        yield from (found for found in _annotations(node) if annotations)
    elif isinstance(node, ast.Lambda):
        yield from _defaults(node.args)
    elif isinstance(node, ast.AnnAssign):
        yield from (part for part in (node.value, node.target) if part is not None)
        yield from (found for found in [node.annotation] if annotations)
    else:
        yield from _children(node)


def _children(node: ast.AST | None) -> Iterator[ast.AST]:
    if node is not None:
        yield from ast.iter_child_nodes(node)


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)


def _annotations(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    words = node.args
    every = [*words.posonlyargs, *words.args, *words.kwonlyargs, words.vararg, words.kwarg]
    yield from (found.annotation for found in every if found is not None and found.annotation is not None)
    if node.returns is not None:
        yield node.returns


class _Walk:
    """Goes through statements in the order in which they are executed."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.gone: set[str] = set()
        self.read: set[str] = set()

    def block(self, statements: Iterable[ast.stmt], surely: frozenset[str]) -> frozenset[str]:
        """Take statements; return what is bound behind them, given what was bound before."""
        for statement in statements:
            surely = self._statement(statement, surely)
        return surely

    def _statement(self, node: ast.stmt, surely: frozenset[str]) -> frozenset[str]:  # noqa: PLR0911 - one line for each kind
        match node:
            case ast.If():
                surely = self._expressions([node.test], surely)
                return self.block(node.body, surely) & self.block(node.orelse, surely)
            case ast.For() | ast.AsyncFor():
                surely = self._expressions([node.iter], surely)
                self.block(node.body, self._expressions([node.target], surely))
                self.block(node.orelse, surely)
                return surely
            case ast.While():
                surely = self._expressions([node.test], surely)
                self.block(node.body, surely)
                self.block(node.orelse, surely)
                return surely
            case ast.With() | ast.AsyncWith():
                surely = self._expressions(node.items, surely)
                inner = self.block(node.body, surely)
                return surely if _suppresses(node) else inner
            case ast.Match():
                return self._match(node, self._expressions([node.subject], surely))
            case ast.Delete():
                return self._delete(node, surely)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            return self._try(node, surely)
        return self._simple(node, surely)

    def _simple(self, node: ast.stmt, surely: frozenset[str]) -> frozenset[str]:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            # What a class binds within itself is its own.
            surely = self._expressions(_head(node), surely)
            return self._bind({node.name}, surely)
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self.read |= {node.target.id} - surely
        if isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.target, ast.Name):
            return surely
        surely = self._expressions([node], surely)
        return self._bind({name for name, _ in imported(node) if name != "*"}, surely)

    def _expressions(self, nodes: Iterable[ast.AST], surely: frozenset[str]) -> frozenset[str]:
        for node in nodes:
            walrus = {part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)} - surely
            self.read |= set(loads(node)) - surely - walrus
            surely = self._bind(set(stores(node)), surely)
        return surely

    def _bind(self, names: set[str], surely: frozenset[str]) -> frozenset[str]:
        self.names |= names
        return surely | names

    def _delete(self, node: ast.Delete, surely: frozenset[str]) -> frozenset[str]:
        names = {target.id for target in node.targets if isinstance(target, ast.Name)}
        self.gone |= names
        others = [target for target in node.targets if not isinstance(target, ast.Name)]
        return self._expressions(others, surely) - names

    def _try(self, node: ast.stmt, surely: frozenset[str]) -> frozenset[str]:
        found = self.block(getattr(node, "orelse", ()), self.block(getattr(node, "body", ()), surely))
        for handler in getattr(node, "handlers", ()):
            own = frozenset({handler.name} - {None})
            inner = self.block(handler.body, self._expressions(filter(None, [handler.type]), surely) | own)
            # A handler that raises does not go on behind the statement.
            if not isinstance(handler.body[-1], _LEAVES):
                found &= inner - own
        return self.block(getattr(node, "finalbody", ()), found)

    def _match(self, node: ast.Match, surely: frozenset[str]) -> frozenset[str]:
        ends = []
        for case in node.cases:
            inner = self._expressions([case.pattern, *filter(None, [case.guard])], surely)
            ends.append(self.block(case.body, inner))
        last = node.cases[-1]
        whole = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None and last.guard is None
        return frozenset.intersection(*ends) if whole else surely


def _head(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> list[ast.AST]:
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    return list(now(node))


def _suppresses(node: ast.With | ast.AsyncWith) -> bool:
    """Whether a block may be left half-done, as under ``with suppress(ImportError)``."""
    called = [item.context_expr.func for item in node.items if isinstance(item.context_expr, ast.Call)]
    return any(getattr(function, "attr", getattr(function, "id", "")) == "suppress" for function in called)
