"""Which names belong to a function or a class itself."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def local_names(function: _Function) -> frozenset[str]:
    """Return the names of a function's own scope."""
    arguments = function.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [found for found in (arguments.vararg, arguments.kwarg) if found is not None]
    body: list[ast.AST] = [function.body] if isinstance(function, ast.Lambda) else [*function.body]
    return frozenset(found.arg for found in every) | stored_names(body)


def stored_names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    """Return the names that code binds in its own scope, other than through `global`."""
    found = list(_own(nodes))
    declared = {name for node in found if isinstance(node, ast.Global) for name in node.names}
    return frozenset(name for node in found for name in _bound(node)) - declared


def _own(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, without those of scopes within."""
    for node in nodes:
        yield node
        if isinstance(node, _SCOPES):
            continue
        children = ast.iter_child_nodes(node)
        if isinstance(node, _COMPREHENSIONS):
            children = (part for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
        yield from _own(children)


def _bound(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
