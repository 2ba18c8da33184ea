"""Decides which statements a module may execute while it is imported."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kodonb.capture.slicing.binding import imported
from kodonb.capture.slicing.calls import Calls
from kodonb.capture.slicing.paths import Paths
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.values import PLAIN, UNKNOWN, Function, Kind, RefusedError, Value, mixed

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Judge:
    """Knows what the names of a notebook stand for, and what may be executed.

    Args:
        timeline: The notebook.
        paths: Its data files.
    """

    def __init__(self, timeline: Timeline, paths: Paths) -> None:
        self._timeline = timeline
        self._paths = paths
        self._known: dict[tuple[int, str], Value] = {}
        self.ran: dict[tuple[object, ...], Value | RefusedError] = {}

    def is_data(self, home: Statement, node: ast.Constant) -> bool:
        """Whether a literal of a statement names a data file that travels."""
        return node in self._paths.of(home).named

    def is_later(self, name: str, at: int) -> bool:
        """Whether a name is bound behind a place, and not before."""
        places = [statement.at for statement in self._timeline.everywhere(name)]
        return bool(places) and min(places) > at

    def refusal(self, statement: Statement) -> RefusedError | None:
        """Return why a statement must not be executed at import; `None` if it may."""
        trial = Trial(self, statement, statement.at)
        try:
            trial.statement(statement.node)
        except RefusedError as error:
            return error
        held = [name for name in statement.bound.names if trial.names.get(name, PLAIN).kind is Kind.HANDLE]
        # A file that a `with` has closed again is none that is held.
        if held and isinstance(statement.node, ast.Assign | ast.AnnAssign):
            return trial.refuse(statement.node, "", code="KN102", kind="file")
        return None

    def kind(self, statement: Statement, node: ast.AST) -> Value:
        """Return the value of an expression of a statement, as far as it is known."""
        try:
            return Trial(self, statement, statement.at).value(node)
        except RefusedError:
            return UNKNOWN

    def member(self, owner: Value, name: str) -> Value | None:
        """Return the method of a name of a class of the notebook, or of an object of one."""
        if owner.kind not in (Kind.OWN, Kind.CLASS) or owner.home is None:
            return None
        return Trial(self, owner.home, owner.home.at).member(owner, name)

    def value(self, name: str, at: int) -> Value | None:
        """Return what a name stands for at a place; `None` if nothing binds it."""
        found = self._timeline.before(name, at).statements
        if not found:
            return None
        statement = found[-1]
        key = (statement.at, name)
        if key not in self._known:
            self._known[key] = UNKNOWN
            self._known[key] = self._bound(name, statement)
        return self._known[key]

    def _bound(self, name: str, statement: Statement) -> Value:
        if statement.star is not None and name not in statement.imports:
            return Value(Kind.OUTER, f"{statement.star}.{name}")
        trial = Trial(self, statement, statement.at)
        try:
            trial.statement(statement.node)
        except RefusedError:
            return trial.names.get(name, UNKNOWN)
        return trial.names.get(name, UNKNOWN)


class Trial(Calls):
    """Goes through code that would be executed."""

    book: Judge

    def run(self, function: Value, arguments: Sequence[Value], words: dict[str, Value]) -> Value:
        """Return what a function of the notebook returns.

        Raises:
            RefusedError: Something in it must not be executed at import.
        """
        given = [*arguments, *words.values()]
        key = (
            function.node,
            self.at,
            self.certain,
            *((value.kind, value.name, value.node) for value in given),
            *words,
        )
        if key not in self.book.ran:
            self.book.ran[key] = UNKNOWN  # while it runs, for functions that call themselves
            try:
                self.book.ran[key] = self._ran(function, arguments, words)
            except RefusedError as error:
                self.book.ran[key] = error
        found = self.book.ran[key]
        if isinstance(found, RefusedError):
            raise found
        return found

    def _ran(self, function: Value, arguments: Sequence[Value], words: dict[str, Value]) -> Value:
        node, home = function.node, function.home or self.home
        assert isinstance(node, Function)
        # Code of a cell calls it in any case; a function perhaps.
        certain = self.certain or self.home.at == self.at
        inner = Trial(self.book, home, self.at, {**function.around}, certain=certain)
        inner.names.update(inner.parameters(node, arguments, words))
        if isinstance(node, ast.AsyncFunctionDef):
            raise inner.refuse(node, f"it calls `{node.name}`, which is asynchronous", code="KN119")
        if isinstance(node, ast.Lambda):
            return inner.value(node.body)
        inner.block(node.body)
        return mixed(inner.returned)

    def parameters(
        self, node: Function, arguments: Sequence[Value], words: dict[str, Value]
    ) -> dict[str, Value]:
        """Return the values of a function's parameters."""
        args = node.args
        places = [*args.posonlyargs, *args.args]
        others = [arg for arg in (args.vararg, args.kwarg) if arg is not None]
        found = {arg.arg: UNKNOWN for arg in (*places, *args.kwonlyargs, *others)}
        pairs = [*zip(places[len(places) - len(args.defaults) :], args.defaults, strict=True)]
        pairs += [(arg, value) for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value]
        found.update({arg.arg: self.value(value) for arg, value in pairs})
        found.update(zip([arg.arg for arg in places], arguments, strict=False))
        return found | {name: value for name, value in words.items() if name in found}

    @property
    def returned(self) -> list[Value]:
        """What the code returned."""
        return [value for name, value in self.names.items() if name.startswith("return ")]

    def block(self, statements: Sequence[ast.stmt]) -> None:
        """Try statements."""
        for node in statements:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:  # noqa: C901, PLR0912 - one case for each kind
        """Try a statement.

        Raises:
            RefusedError: It must not be executed at import.
        """
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._define(node)
            case ast.ClassDef():
                self._class(node)
            case ast.Import() | ast.ImportFrom():
                self._import(node)
            case ast.Assign(targets=targets, value=value):
                found = self.value(value)
                for target in targets:
                    self.bind(target, found)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.bind(target, self.value(value))
            case ast.AugAssign(target=target, value=value):
                added = self.value(value)
                if isinstance(target, ast.Name):
                    self.names[target.id] = mixed([self.value(ast.Name(target.id, ast.Load())), added])
            case ast.For(target=target, iter=source):
                self.bind(target, self.value(source))
                with self.perhaps():
                    self.block([*node.body, *node.orelse])
            case ast.With(items=items):
                for item in items:
                    self.bind(item.optional_vars or ast.Tuple([], ast.Store()), self.value(item.context_expr))
                self.block(node.body)
            case ast.AsyncFor() | ast.AsyncWith():
                raise self.refuse(node, "it awaits something", code="KN119")
            case ast.Return(value=ast.expr() as value):
                self.names[f"return {node.lineno}"] = self.value(value)
            case ast.Delete() | ast.Global() | ast.Nonlocal() | ast.AnnAssign():
                pass
            case ast.If() | ast.While() | ast.Match() | ast.Try():
                with self.perhaps():
                    self._parts(node)
            case _:
                self._parts(node)

    def _parts(self, node: ast.AST) -> None:
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.stmt):
                self.statement(part)
            elif isinstance(part, ast.ExceptHandler | ast.match_case):
                self._parts(part)
            elif isinstance(part, ast.expr):
                self.value(part)
            elif isinstance(part, ast.pattern):
                names = [inner for inner in ast.walk(part) if isinstance(inner, ast.MatchAs | ast.MatchStar)]
                self.names.update({inner.name: UNKNOWN for inner in names if inner.name})

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for name, alias in imported(node):
            if isinstance(node, ast.ImportFrom):
                full = f"{node.module or ''}.{alias.name}"
            else:
                full = alias.name if alias.asname else name
            self.names[name] = Value(Kind.OUTER, full)

    def _define(self, node: _Function) -> None:
        self.values([*node.args.defaults, *filter(None, node.args.kw_defaults)])
        made = Value(Kind.FUNCTION, node=node, home=self.home, around=self.names)
        self._decorate(node, made)
        self.names[node.name] = made

    def _class(self, node: ast.ClassDef) -> None:
        self.values(node.bases)
        self.values(word.value for word in node.keywords)
        body = Trial(self.book, self.home, self.at, {**self.names}, lenient=True)
        body.block(node.body)
        made = Value(Kind.CLASS, node=node, home=self.home)
        self._decorate(node, made)
        self.names[node.name] = made

    def _decorate(self, node: _Function | ast.ClassDef, made: Value) -> None:
        """Try decorators: their arguments, and those that the notebook defines."""
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self.value(called).kind is Kind.FUNCTION and not isinstance(called, ast.Attribute):
                found = self.value(decorator)
                if found.kind is Kind.FUNCTION:
                    self.run(found, [made], {})
            elif isinstance(decorator, ast.Call):
                self.values([*decorator.args, *(word.value for word in decorator.keywords)])
