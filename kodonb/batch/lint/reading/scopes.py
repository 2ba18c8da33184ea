"""Goes into functions, classes and comprehensions, which have names of their own."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kodonb.batch.lint.reading.local import local_names, stored_names
from kodonb.batch.lint.reading.walk import Walk

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Scan(Walk):
    """Visits code with all that is defined in it."""

    _eager: int = 0

    def take_import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Bind what is imported."""
        for alias in node.names:
            self.bind(alias.asname or alias.name.partition(".")[0], node)

    def take_functiondef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Read decorators and defaults, bind the name, keep the body for later."""
        self.all(node.decorator_list)
        self.bind(node.name, node)
        with self.scope(_type_parameters(node)):
            self._signature(node.args, node.returns)
            self._body(node, node.body)

    def take_lambda(self, node: ast.Lambda) -> None:
        """Read defaults, keep the body for later."""
        self._signature(node.args, None)
        self._body(node, [node.body])

    def _signature(self, arguments: ast.arguments, returns: ast.expr | None) -> None:
        self.all([*arguments.defaults, *arguments.kw_defaults])
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [found for found in (arguments.vararg, arguments.kwarg) if found is not None]
        self.annotations([*(found.annotation for found in every), returns])

    def _body(self, node: _Function, body: Iterable[ast.AST]) -> None:
        with self.scope(local_names(node), late=True):
            self.all(body)

    def take_classdef(self, node: ast.ClassDef) -> None:
        """Read decorators and bases, execute the body, bind the name."""
        self.all(node.decorator_list)
        with self.scope(_type_parameters(node)):
            self.all([*node.bases, *node.keywords])
            with self.scope(stored_names(node.body), of_class=True):
                self.block(node.body)
        self.bind(node.name, node)

    def take_typealias(self, node: ast.AST) -> None:
        """Bind the name of a ``type`` statement, which evaluates nothing yet."""
        name, value = node.name, node.value  # type: ignore[attr-defined] # of Python 3.12
        self.bind(name.id, name)
        with self.scope(_type_parameters(node), late=True):
            self.visit(value)

    def take_call(self, node: ast.Call) -> None:
        """Take a call; a generator that is handed over is consumed at once."""
        if len(node.args) == 1 and isinstance(node.args[0], ast.GeneratorExp):
            self._eager = id(node.args[0])
        self.all(ast.iter_child_nodes(node))

    def take_generatorexp(self, node: ast.GeneratorExp) -> None:
        """Take a generator: its first source now, the rest when it is consumed."""
        self._comprehension(node.generators, [node.elt], late=id(node) != self._eager)

    def take_listcomp(self, node: ast.ListComp | ast.SetComp) -> None:
        """Take a comprehension."""
        self._comprehension(node.generators, [node.elt])

    def take_dictcomp(self, node: ast.DictComp) -> None:
        """Take a comprehension."""
        self._comprehension(node.generators, [node.key, node.value])

    def _comprehension(
        self, generators: list[ast.comprehension], made: list[ast.expr], *, late: bool = False
    ) -> None:
        first, *others = generators
        self.visit(first.iter)
        targets = frozenset(name for each in generators for name in stored_names([each.target]))
        with self.scope(targets):
            self.late = self.late or late  # other than a function, it sees the names of a class around it
            self.all([*first.ifs, *others, *made])


def _type_parameters(node: ast.AST) -> frozenset[str]:
    return frozenset(found.name for found in getattr(node, "type_params", ()))
