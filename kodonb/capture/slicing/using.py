"""Follows names through a notebook to where they are opened, as far as its text tells."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kodonb.capture.index import Def
from kodonb.capture.slicing.roles import Role, best, named
from kodonb.capture.slicing.statements import Statement

_ATTRIBUTE = "."
"""Stands for the scope of attributes, which are taken to be one where they share a name."""


class Parameters(NamedTuple):
    """What a function or class of the notebook is called with.

    Attributes:
        scope: The scope of their names.
        names: Parameters by position.
        rest: The parameter that takes all others; empty if none.
    """

    scope: str
    names: Sequence[str]
    rest: str = ""


class Uses:
    """What becomes of the names of a notebook.

    Args:
        statements: Its statements.
        served: Functions that a service offers.
    """

    def __init__(self, statements: Sequence[Statement], served: Iterable[str] = ()) -> None:
        self._roles: dict[tuple[str, str], Role] = {}
        self._locals = {each.at: _locals(each.node) for each in statements}
        self._functions: dict[str, Parameters] = {}
        self._methods: dict[str, Parameters] = {}
        for statement in statements:
            self._define(statement.node, scope_of(statement))
        self._served = _offered([each.node for each in statements], served)

    def is_served(self, statement: Statement) -> bool:
        """Whether a statement defines what callers of a service see the defaults of."""
        return scope_of(statement) in self._served

    def role(self, name: str, statement: Statement) -> Role:
        """Return what a text may be that is bound to a name in a statement."""
        own = named(name)
        if own == "none":
            return own
        roles = [own, self._roles.get(self._key(name, statement), own)]
        # What stands in a class is reached as an attribute.
        return best(*roles, self.attribute(name) if isinstance(statement.node, ast.ClassDef) else own)

    def attribute(self, name: str) -> Role:
        """Return what a text may be that is bound to an attribute."""
        own = named(name)
        return own if own == "none" else best(own, self._roles.get((_ATTRIBUTE, name), own))

    def result(self, function: str, statement: Statement) -> Role:
        """Return what a text may be that a function of a statement returns."""
        key = self._key(function, statement)
        method = (_ATTRIBUTE, function) if isinstance(statement.node, ast.ClassDef) else key
        return best(self._roles.get(key, "plain"), self._roles.get(method, "plain"))

    def parameters(self, function: ast.AST) -> Parameters | None:
        """Return what a function is called with; `None` if the notebook does not define it."""
        if isinstance(function, ast.Attribute):
            return self._methods.get(function.attr)
        return self._functions.get(function.id) if isinstance(function, ast.Name) else None

    def given(self, parameters: Parameters, place: int | str | None) -> Role:
        """Return what a text may be that is handed over.

        Args:
            parameters: What the function is called with.
            place: The argument's position or keyword; `None` if that is not known.
        """
        if isinstance(place, int):
            name = parameters.names[place] if place < len(parameters.names) else parameters.rest
        else:
            name = place or parameters.rest
        if parameters.scope == _ATTRIBUTE:
            return self.attribute(name)
        own = named(name)
        return own if own == "none" else best(own, self._roles.get((parameters.scope, name), own))

    def note(self, name: str, statement: Statement) -> bool:
        """Note that what a name stands for is opened; return whether that is new."""
        return self._note(self._key(name, statement), "opened")

    def note_weak(self, name: str, statement: Statement) -> bool:
        """Note that what a name stands for may be opened; return whether that is new."""
        return self._note(self._key(name, statement), "text")

    def note_attribute(self, name: str) -> bool:
        """Note that what an attribute stands for may be opened; return whether that is new."""
        return self._note((_ATTRIBUTE, name), "text")

    def _note(self, key: tuple[str, str], role: Role) -> bool:
        before = self._roles.get(key, "plain")
        self._roles[key] = best(before, role)
        return self._roles[key] != before

    def _key(self, name: str, statement: Statement) -> tuple[str, str]:
        return (scope_of(statement) if name in self._locals[statement.at] else "", name)

    def _define(self, node: ast.stmt, scope: str) -> None:
        parts = list(ast.walk(node))
        classes = [part for part in parts if isinstance(part, ast.ClassDef)]
        methods = {inner for part in classes for inner in part.body}
        for part in parts:
            if isinstance(part, Def) and part not in methods:
                self._functions[part.name] = _of_function(part.args, scope)
            elif isinstance(part, ast.Assign) and isinstance(part.value, ast.Lambda):
                names = [target.id for target in part.targets if isinstance(target, ast.Name)]
                self._functions |= {name: _of_function(part.value.args, scope) for name in names}
        for part in classes:
            self._define_class(part, scope)

    def _define_class(self, node: ast.ClassDef, scope: str) -> None:
        fields = [part.target for part in node.body if isinstance(part, ast.AnnAssign)]
        names = [field.id for field in fields if isinstance(field, ast.Name)]
        if names:
            self._functions[node.name] = Parameters(_ATTRIBUTE, names)
        for part in node.body:
            if isinstance(part, Def):
                static = any(getattr(mark, "id", "") == "staticmethod" for mark in part.decorator_list)
                found = _of_function(part.args, scope)
                method = found if static else found._replace(names=found.names[1:])
                if part.name == "__init__":
                    self._functions[node.name] = method
                else:
                    self._methods[part.name] = method


def scope_of(statement: Statement) -> str:
    """Return the name of the function or class that a statement defines; empty if none."""
    return str(getattr(statement.node, "name", "")) if statement.is_definition else ""


def _of_function(node: ast.arguments, scope: str) -> Parameters:
    rest = node.vararg or node.kwarg
    return Parameters(scope, [arg.arg for arg in (*node.posonlyargs, *node.args)], rest.arg if rest else "")


def _locals(node: ast.stmt) -> frozenset[str]:
    """Return the names that belong to a definition."""
    if not isinstance(node, Def | ast.ClassDef):
        return frozenset()
    parts = list(ast.walk(node))
    shared = {name for part in parts if isinstance(part, ast.Global) for name in part.names}
    own = {part.arg for part in parts if isinstance(part, ast.arg)}
    own |= {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    own |= {part.name for part in parts if isinstance(part, Def | ast.ClassDef) and part is not node}
    return frozenset(own - shared)


def _offered(nodes: Sequence[ast.stmt], served: Iterable[str]) -> frozenset[str]:
    """Return names of functions that are served, and of the classes that their parameters are of."""
    by_name: dict[str, list[ast.stmt]] = {}
    for node in nodes:
        for name in _defined(node):
            by_name.setdefault(name, []).append(node)
    found: set[str] = set()
    waiting = list(served)
    while waiting:
        name = waiting.pop()
        if name not in found and name in by_name:
            found.add(name)
            others = {other for node in by_name[name] for other in _mentioned(node)}
            waiting += [
                other for other in others if not any(isinstance(n, Def) for n in by_name.get(other, ()))
            ]
    return frozenset(found)


def _defined(node: ast.stmt) -> list[str]:
    """Return the names of a definition, or of another name for something."""
    if isinstance(node, Def | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _mentioned(node: ast.stmt) -> Iterator[str]:
    """Yield the names that annotations of parameters and fields mention, and what an alias stands for."""
    if isinstance(node, Def):
        parts = [part.annotation for part in ast.walk(node.args) if isinstance(part, ast.arg)]
    elif isinstance(node, ast.ClassDef):
        parts = [*node.bases, *(part.annotation for part in node.body if isinstance(part, ast.AnnAssign))]
    else:
        parts = [node.value] if isinstance(node, ast.Assign) else []
    for part in parts:
        for inner in ast.walk(part) if part is not None else ():
            if isinstance(inner, ast.Name):
                yield inner.id
            elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
                yield from re.findall(r"\w+", inner.value)
