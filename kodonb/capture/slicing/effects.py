"""What a statement does to objects when it is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, NamedTuple

from kodonb.capture.slicing import tables
from kodonb.capture.slicing.judging import Judge
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.summaries import NOTHING, Summaries, Summary, changed, given_back
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.touching import (
    COLLECTIONS,
    Handed,
    Spot,
    Touch,
    everything,
    handed,
    spot,
    touches,
)
from kodonb.capture.slicing.values import Kind

_CALLERS: Final = frozenset({
    "builtins.filter", "builtins.map", "builtins.max", "builtins.min", "builtins.sorted", "functools.reduce",
})  # fmt: skip
_OF_FILE: Final = frozenset({Kind.PATH, Kind.FILE, Kind.HANDLE})


class Change(NamedTuple):
    """A statement that changes an object.

    Attributes:
        statement: The statement.
        node: The part of it that does.
        sure: Whether it does so for sure; if not, it calls a method of which that is not known.
        tried: Whether it does so by calling a flow, to try it out.
    """

    statement: Statement
    node: ast.AST
    sure: bool = True
    tried: bool = False


class Effects:
    """The changes that statements make.

    Args:
        timeline: The notebook.
        judge: Knows what kinds of values names stand for.
        flows: Functions of all flows: whoever calls one in a cell tries it out.
    """

    def __init__(self, timeline: Timeline, judge: Judge, flows: frozenset[str]) -> None:
        self._timeline = timeline
        self._judge = judge
        self._flows = flows
        self._summaries = Summaries(judge, timeline.end)

    def of(self, statement: Statement) -> Iterator[tuple[Spot, Change]]:
        """Yield what a statement changes."""
        nodes = statement.executed
        marks: list[ast.expr] = getattr(statement.node, "decorator_list", [])
        for mark in marks:
            yield from self._registered(mark, statement)
        for touch in touches(node for node in nodes if node not in marks):
            yield from self._by_method(touch, statement)
            sure = self._judged(touch, statement)
            if sure is not None:
                yield touch.spot, Change(statement, touch.node, sure)
        yield from self._in_place(nodes, statement)
        for call in handed(nodes):
            for found in self._by_call(call, statement):
                yield found, Change(statement, call.node, tried=self._is_trial(call))
        yield from self._by_base(statement)

    def sets(self, statement: Statement) -> frozenset[str]:
        """Return the names that a statement binds by calling functions with `global` in them."""
        calls = [call for call in handed(statement.executed) if not self._is_trial(call)]
        found = frozenset[str]().union(*(self._summary(call, statement)[0].sets for call in calls))
        return found - statement.bound.names

    def returned(self, call: ast.Call, user: Statement) -> Iterator[Spot]:
        """Yield objects with names that a call returns, or parts of which it returns."""
        for each in handed([call]):
            summary, first = self._summary(each, user)
            yield from given_back(summary, call, first)

    def _registered(self, mark: ast.expr, statement: Statement) -> Iterator[tuple[Spot, Change]]:
        """Yield the object that a decorator such as ``@app.get("/")`` enters a definition into."""
        function = mark.func if isinstance(mark, ast.Call) else mark
        owner = function.value if isinstance(function, ast.Attribute) else None
        found = spot(owner)
        if (
            owner is not None
            and found is not None
            and self._judge.kind(statement, owner).kind is not Kind.OUTER
        ):
            yield found, Change(statement, mark)

    def _in_place(self, nodes: list[ast.AST], statement: Statement) -> Iterator[tuple[Spot, Change]]:
        """Yield what ``names += others`` changes, where both are lists, or the like."""
        for node in nodes:
            match node:
                case ast.AugAssign(target=ast.Name(id=name), value=value) if self._is_collection(
                    value, statement
                ):
                    yield Spot(name), Change(statement, node)

    def _is_collection(self, node: ast.AST | None, user: Statement) -> bool:
        for _ in range(9):
            if not isinstance(node, ast.Name):
                break
            found = self._timeline.before(node.id, user.at).statements
            user = found[-1] if found else user
            node = getattr(user.node, "value", None) if found else None
        called = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        return isinstance(node, COLLECTIONS) or called in {"list", "set", "dict", "deque", "bytearray"}

    def _by_base(self, statement: Statement) -> Iterator[tuple[Spot, Change]]:
        """Yield what the bases of a class change when they are told of it."""
        for base in statement.node.bases if isinstance(statement.node, ast.ClassDef) else ():
            hook = self._judge.member(self._judge.kind(statement, base), "__init_subclass__")
            for found in self._summaries.of(hook).names if hook is not None else ():
                yield found, Change(statement, base)

    def _judged(self, touch: Touch, statement: Statement) -> bool | None:  # noqa: PLR0911 - one line for each kind
        """Say whether something surely changes an object; `None` if it does not."""
        if not isinstance(touch.node, ast.Call) or not isinstance(touch.node.func, ast.Attribute):
            return True
        owner = self._judge.kind(statement, touch.node.func.value)
        if self._judge.member(owner, touch.method) is not None:
            return None
        match owner.kind:
            case Kind.FILE:
                return _changes_data(touch)
            case Kind.OUTER:
                inner = touch.spot.depth > 0 and touch.method in tables.CHANGING
                return True if inner or tables.sets(touch.method) else None
            case Kind.PATH | Kind.HANDLE:
                return None
            case Kind.FUNCTION:
                return True if tables.configures(touch.method) else None
        given = [self._judge.kind(statement, argument).kind for argument in touch.node.args]
        if tables.reads(touch.method) and _OF_FILE.intersection(given):
            return True
        return _changes_object(touch, plain=owner.kind in (Kind.PLAIN, Kind.UNKNOWN))

    def _by_method(self, touch: Touch, statement: Statement) -> Iterator[tuple[Spot, Change]]:
        """Yield what a method that the notebook defines changes of its object."""
        if isinstance(touch.node, ast.Call) and isinstance(touch.node.func, ast.Attribute):
            owner = self._judge.kind(statement, touch.node.func.value)
            method = self._judge.member(owner, touch.method)
            tried = self._is_trial(Handed(touch.node, touch.node.func, {}))
            for place, depth in self._summaries.of(method).parameters if method is not None else ():
                if place == 0:
                    yield touch.spot.deeper(depth), Change(statement, touch.node, tried=tried)

    def _by_call(self, call: Handed, statement: Statement) -> Iterator[Spot]:
        summary, first = self._summary(call, statement)
        yield from summary.names
        yield from changed(summary, call, first)
        called = self._judge.kind(statement, call.function)
        itself = spot(call.function)
        if itself is not None and called.kind is Kind.OWN:
            yield from (itself.deeper(depth) for place, depth in summary.parameters if place == 0)
        if itself is not None and called.node is not None and _remembers(called.node):
            yield itself
        if called.kind is Kind.OUTER and called.name in _CALLERS:
            yield from self._by_callback(call, statement)

    def _by_callback(self, call: Handed, statement: Statement) -> Iterator[Spot]:
        """Yield what functions change that are handed to `map` and the like, which call them."""
        for argument in call.node.args if isinstance(call.node, ast.Call) else ():
            summary = self._summaries.of(self._judge.kind(statement, argument))
            yield from summary.names
            if summary.parameters:
                yield from (each.deeper(1) for each in call.arguments.values())

    def _summary(self, call: Handed, statement: Statement) -> tuple[Summary, int]:
        """Return what a call changes, and the parameter that its first argument is given to."""
        if isinstance(call.function, ast.Attribute):
            owner = self._judge.kind(statement, call.function.value)
            method = self._judge.member(owner, call.function.attr)
            if method is not None:
                return self._summaries.of(method), 1
        called = self._judge.kind(statement, call.function)
        if called.kind is Kind.OUTER and called.name in tables.CHANGERS:
            return Summary(parameters=frozenset({(0, 0)})), 0
        if called.kind is Kind.OWN and (method := self._judge.member(called, "__call__")) is not None:
            return self._summaries.of(method), 1
        if called.kind not in (Kind.FUNCTION, Kind.CLASS):
            return NOTHING, 0
        return self._summaries.of(called), int(called.kind is Kind.CLASS)

    def _is_trial(self, call: Handed) -> bool:
        node: ast.AST = call.function
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._flows and isinstance(call.node, ast.Call)


def _remembers(node: ast.AST) -> bool:
    """Whether a function keeps something from call to call in the function around it."""
    return any(isinstance(part, ast.Nonlocal) for part in everything(node))


def _changes_data(touch: Touch) -> bool | None:
    words = touch.node.keywords if isinstance(touch.node, ast.Call) else []
    inplace = any(word.arg == "inplace" and getattr(word.value, "value", False) for word in words)
    if inplace or touch.method in tables.CHANGING:
        return True
    return False if tables.trains(touch.method) else None


def _changes_object(touch: Touch, *, plain: bool) -> bool | None:
    if touch.method in tables.WRITING:
        # A buffer holds what is written; a path is as it was.
        return True if touch.method.startswith("write") and "_" not in touch.method else None
    known = plain and touch.method in tables.PLAIN
    if touch.method in tables.CHANGING or (tables.configures(touch.method) and not known):
        return True
    return None if known or tables.uses(touch.method) else False
