"""Goes through statements in the order in which they are executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from kodonb.batch.lint.reading.local import stored_names
from kodonb.batch.lint.reading.unseen import survives
from kodonb.batch.lint.reading.uses import Kind, Use

_Loop = ast.For | ast.AsyncFor | ast.While
_ALIKE: Final = {
    "AsyncFor": "for",
    "AsyncFunctionDef": "functiondef",
    "AsyncWith": "with",
    "ImportFrom": "import",
    "MatchStar": "matchas",
    "SetComp": "listcomp",
    "TryStar": "try",
}
"""Kinds of nodes that are taken like another kind."""


class Walk:
    """Visits code in the order in which it is executed.

    Args:
        postponed: Whether annotations are not evaluated (`from __future__ import annotations`).

    Attributes:
        now: What happens when the code is executed.
        later: What happens when its functions are called.
        sets: Names that functions bind through `global`.
        late: Whether the code being visited is executed when a function is called.
    """

    def __init__(self, *, postponed: bool) -> None:
        self.now: list[Use] = []
        self.later: list[Use] = []
        self.sets: set[str] = set()
        self.late = False
        self._postponed = postponed
        self._scopes: list[tuple[frozenset[str], bool]] = []
        self._inside = False
        self._excused = False

    def visit(self, node: ast.AST) -> None:
        """Take a node; one that has no order of its own part by part."""
        kind = type(node).__name__
        take = getattr(self, f"take_{_ALIKE.get(kind, kind.lower())}", None)
        if take is None:
            self.all(ast.iter_child_nodes(node))
        else:
            take(node)

    def take_name(self, node: ast.Name) -> None:
        """Take a name that is read, bound or deleted."""
        if isinstance(node.ctx, ast.Load):
            self._read(node)
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id, node)
        elif not self._inside and not self.late and not self._is_local(node.id):
            self._add("delete", node.id, node)

    def _is_local(self, name: str) -> bool:
        return any(name in names for names, _ in self._scopes)

    def _read(self, node: ast.Name) -> None:
        if not self._is_local(node.id):
            self._add("read", node.id, node)

    def bind(self, name: str, node: ast.AST) -> None:
        """Take note that a name is bound."""
        if self._is_local(name):
            return
        if self.late:
            self.sets.add(name)
        else:
            self._add("bind", name, node)

    def _add(self, kind: Kind, name: str, node: ast.AST) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
        use = Use(name, kind, line, column, self._excused)
        (self.later if self.late else self.now).append(use)

    def all(self, nodes: Iterable[ast.AST | None]) -> None:
        """Take nodes in this order."""
        for node in nodes:
            if node is not None:
                self.visit(node)

    @contextmanager
    def scope(self, names: frozenset[str], *, late: bool = False, of_class: bool = False) -> Iterator[None]:
        """Visit code that has names of its own.

        Args:
            names: Its names.
            late: Whether it is executed when a function is called.
            of_class: Whether it is the body of a class.
        """
        before = self._scopes, self.late
        # Functions do not see the names of the class around them.
        outer = [scope for scope in self._scopes if not (late and scope[1])]
        self._scopes, self.late = [*outer, (names, of_class)], self.late or late
        try:
            yield
        finally:
            self._scopes, self.late = before

    def annotations(self, annotations: Iterable[ast.expr | None]) -> None:
        """Read annotations late: from Python 3.14 on they are not evaluated before somebody asks."""
        if not self._postponed:
            with self.scope(frozenset()):
                self.late = True  # other than a function, they see the names of a class around them
                self.all(annotations)

    # What binds after it has read.

    def take_assign(self, node: ast.Assign) -> None:
        """Read the value, then bind."""
        self.all([node.value, *node.targets])

    def take_namedexpr(self, node: ast.NamedExpr) -> None:
        """Read the value, then bind."""
        self.all([node.value, node.target])

    def take_augassign(self, node: ast.AugAssign) -> None:
        """Read the target, then the value, then bind."""
        if isinstance(node.target, ast.Name):
            self._read(node.target)
        self.all([node.value, node.target])

    def take_annassign(self, node: ast.AnnAssign) -> None:
        """Read the value, then bind; an annotation alone binds nothing."""
        if not self.late:
            self.annotations([node.annotation])
        if node.value is not None or not isinstance(node.target, ast.Name):
            self.all([node.value, node.target])

    def take_for(self, node: ast.For | ast.AsyncFor) -> None:
        """Read what is gone through, bind the target, then take the body."""
        self.all([node.iter])
        self._soon(node)
        self.all([node.target])
        self.block([*node.body, *node.orelse])

    def take_while(self, node: ast.While) -> None:
        """Take test and body."""
        self._soon(node)
        self.all([node.test])
        self.block([*node.body, *node.orelse])

    def _soon(self, node: _Loop) -> None:
        """Say which names the body binds: its second turn may read what the first has bound."""
        if not self.late:
            for name in sorted(stored_names(node.body)):
                self._add("soon", name, node)

    # Statements around others.

    def block(self, statements: Iterable[ast.AST]) -> None:
        """Take statements that another one stands around."""
        before, self._inside = self._inside, True
        self.all(statements)
        self._inside = before

    def take_if(self, node: ast.If) -> None:
        """Take both branches, but not one that is never taken."""
        self.all([node.test])
        never = isinstance(node.test, ast.Constant) and not node.test.value
        self.block([*([] if never else node.body), *node.orelse])

    def take_try(self, node: ast.Try) -> None:
        """Take the parts; a name may be missing where that is handled."""
        before = self._excused
        self._excused = before or any(survives(handler.type) for handler in node.handlers)
        self.block(node.body)
        self._excused = before
        self.block([*node.handlers, *node.orelse, *node.finalbody])

    def take_with(self, node: ast.With | ast.AsyncWith) -> None:
        """Take contexts and body; `suppress(NameError)` handles missing names."""
        self.all(node.items)
        before = self._excused
        calls = [item.context_expr for item in node.items if isinstance(item.context_expr, ast.Call)]
        self._excused = before or any(survives(word) for call in calls for word in call.args)
        self.block(node.body)
        self._excused = before

    def take_excepthandler(self, node: ast.ExceptHandler) -> None:
        """Bind the error, then take the body."""
        self.all([node.type])
        if node.name:
            self.bind(node.name, node)
        self.all(node.body)

    def take_match(self, node: ast.Match) -> None:
        """Take subject and cases."""
        self.all([node.subject])
        self.block(node.cases)

    def take_matchas(self, node: ast.MatchAs | ast.MatchStar) -> None:
        """Bind what a pattern names."""
        if node.name:
            self.bind(node.name, node)
        self.all(ast.iter_child_nodes(node))

    def take_matchmapping(self, node: ast.MatchMapping) -> None:
        """Bind what a pattern names."""
        if node.rest:
            self.bind(node.rest, node)
        self.all(ast.iter_child_nodes(node))
