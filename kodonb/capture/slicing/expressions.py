"""Goes through expressions that a module executes at import, and tells what values they have."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Protocol

from kodonb.capture.slicing.binding import Comprehension
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.values import OBJECT, PATH, PLAIN, UNKNOWN, Kind, RefusedError, Value, mixed


class Notebook(Protocol):
    """What a trial asks of the notebook around."""

    def value(self, name: str, at: int) -> Value | None:
        """Return what a name stands for at a place; `None` if nothing binds it."""

    def is_data(self, home: Statement, node: ast.Constant) -> bool:
        """Whether a literal of a statement names a data file that travels."""

    def is_later(self, name: str, at: int) -> bool:
        """Whether a name is bound behind a place, and not before."""


class Expressions(ABC):
    """Tries expressions.

    Args:
        book: The notebook.
        home: The statement whose code is tried.
        at: The place in the notebook at which it is executed.
        names: Local names.
        lenient: Whether functions of other packages declare something, as in the body of a class.
        certain: Whether this is the body of a function, in a part of it that is executed in any case.
    """

    def __init__(
        self,
        book: Notebook,
        home: Statement,
        at: int,
        names: MutableMapping[str, Value] | None = None,
        *,
        lenient: bool = False,
        certain: bool = False,
    ) -> None:
        self.book = book
        self.home = home
        self.at = at
        self.names: MutableMapping[str, Value] = {} if names is None else names
        self.lenient = lenient
        self.certain = certain

    @abstractmethod
    def call(self, node: ast.Call) -> Value:
        """Return the value of a call."""

    def refuse(self, node: ast.AST, reason: str, *, code: str = "KN103", kind: str = "") -> RefusedError:
        """Return the refusal of a part of the code."""
        line = getattr(node, "lineno", 1)
        return RefusedError(reason, self.home.cell.where(line), code=code, kind=kind)

    def value(self, node: ast.AST) -> Value:  # noqa: PLR0911 - one line for each kind
        """Return the value of an expression.

        Raises:
            RefusedError: It must not be executed at import.
        """
        match node:
            case ast.Constant():
                return PATH if self.book.is_data(self.home, node) else PLAIN
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript(value=value, slice=inner):
                self.value(inner)
                return self.value(value)
            case ast.Call():
                return self.call(node)
            case ast.BinOp():
                return self._operation(node)
            case ast.Lambda():
                self.values([*node.args.defaults, *filter(None, node.args.kw_defaults)])
                return Value(Kind.FUNCTION, node=node, home=self.home, around=self.names)
            case ast.NamedExpr(target=target, value=value):
                self.names[target.id] = self.value(value)
                return self.names[target.id]
            case ast.Await():
                raise self.refuse(node, "it awaits something", code="KN119")
        return self._compound(node)

    def values(self, nodes: Iterable[ast.AST | None]) -> list[Value]:
        """Return the values of expressions."""
        return [self.value(node) for node in nodes if node is not None]

    @contextmanager
    def perhaps(self) -> Iterator[None]:
        """Take code that is executed in some cases only."""
        before, self.certain = self.certain, False
        try:
            yield
        finally:
            self.certain = before

    def _compound(self, node: ast.AST) -> Value:
        if isinstance(node, Comprehension | ast.IfExp | ast.BoolOp):
            with self.perhaps():
                return self._comprehension(node) if isinstance(node, Comprehension) else self._parts_of(node)
        return self._parts_of(node)

    def _parts_of(self, node: ast.AST) -> Value:
        parts = self.values(ast.iter_child_nodes(node))
        tests = isinstance(node, ast.Compare | ast.UnaryOp | ast.JoinedStr | ast.FormattedValue)
        # A list of functions is no function.
        return PLAIN if tests else mixed(PLAIN if part.is_callable else part for part in parts)

    def _name(self, node: ast.Name) -> Value:
        name = node.id
        if name in self.names:
            return self.names[name]
        found = self.book.value(name, self.at)
        if found is None and name in vars(builtins):
            return Value(Kind.OUTER, f"builtins.{name}")
        if found is None and self.certain and self.book.is_later(name, self.at):
            raise self.refuse(node, f"a function that it calls reads `{name}`", code="KN111")
        return found or UNKNOWN

    def _attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        if owner.kind is Kind.OUTER:
            return Value(Kind.OUTER, f"{owner.name}.{node.attr}")
        if owner.kind in (Kind.OWN, Kind.CLASS):
            return UNKNOWN
        return PLAIN if owner.kind is Kind.FUNCTION else owner

    def _operation(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div) and left.kind is Kind.PATH:
            return PATH
        kinds = {left.kind, right.kind} - {Kind.OUTER, Kind.CLASS, Kind.FUNCTION}
        if Kind.OWN in kinds:
            return UNKNOWN
        return mixed(value for value in (left, right) if value.kind in kinds)

    def _comprehension(self, node: Comprehension) -> Value:
        before = dict(self.names)
        for each in node.generators:
            if each.is_async:
                raise self.refuse(node, "it awaits something", code="KN119")
            self.bind(each.target, self.value(each.iter))
            self.values(each.ifs)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        found = mixed(PLAIN if value.is_callable else value for value in self.values(made))
        self.names.clear()
        self.names.update(before)
        return found

    def bind(self, target: ast.AST, value: Value) -> None:
        """Bind what stands left of an assignment."""
        match target:
            case ast.Name(id=name):
                self.names[name] = value
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                for part in targets:
                    self.bind(part, UNKNOWN if value.is_callable else value)
            case ast.Starred(value=inner):
                self.bind(inner, value)
            case _:
                self.values(ast.iter_child_nodes(target))


def instance(kind: Value) -> Value:
    """Return an object of a class."""
    return Value(Kind.OWN, node=kind.node, home=kind.home) if kind.kind is Kind.CLASS else OBJECT
