"""What functions of a notebook change when they are called: names of the notebook, and what they are handed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from kodonb.capture.index import Def
from kodonb.capture.slicing import tables
from kodonb.capture.slicing.binding import bound
from kodonb.capture.slicing.judging import Judge
from kodonb.capture.slicing.touching import (
    Aliases,
    Handed,
    Spot,
    Touch,
    aliases,
    everything,
    handed,
    sources,
    spot,
    touches,
)
from kodonb.capture.slicing.values import Kind, Value


class Summary(NamedTuple):
    """What a function changes.

    Attributes:
        names: Objects of the notebook.
        parameters: Parameters that it changes, by position and by name, with the depth of the part.
        sets: Names that it binds through `global`.
        returns: Objects of the notebook that it returns, or parts of which it returns.
        back: Parameters that it returns, or parts of which it returns, with the depth of the part.
        keeps: Whether what it returns holds all that it is handed.
    """

    names: frozenset[Spot] = frozenset()
    parameters: frozenset[tuple[int | str, int]] = frozenset()
    sets: frozenset[str] = frozenset()
    returns: frozenset[Spot] = frozenset()
    back: frozenset[tuple[int | str, int]] = frozenset()
    keeps: bool = False


NOTHING: Final = Summary()


def changed(summary: Summary, call: Handed, first: int) -> Iterator[Spot]:
    """Yield what a call changes of what it is handed.

    Args:
        summary: What it calls.
        call: The call.
        first: The parameter that its first argument is given to; of a method 1.
    """
    for place, at in call.arguments.items():
        parameter = place + first if isinstance(place, int) else place
        yield from (at.deeper(depth) for changes, depth in summary.parameters if changes == parameter)


def given_back(summary: Summary, call: ast.Call, first: int) -> Iterator[Spot]:
    """Yield objects with names that a call returns, or parts of which it returns.

    Args:
        summary: What it calls.
        call: The call.
        first: The parameter that its first argument is given to; of a method 1.
    """
    yield from summary.returns
    arguments: dict[int | str, Spot] = {}
    for each in handed([call]):
        arguments = {
            place + first if isinstance(place, int) else place: at for place, at in each.arguments.items()
        }
    receiver = spot(call.func.value) if first and isinstance(call.func, ast.Attribute) else None
    if receiver is not None:
        arguments[0] = receiver
    if summary.keeps:
        yield from (found.deeper(-1) for found in arguments.values())
    for place, depth in summary.back:
        if place in arguments:
            yield arguments[place].deeper(depth)


class Summaries:
    """Sums functions up.

    Args:
        judge: Knows what names stand for.
        end: The place behind the last statement, where all functions are defined.
    """

    def __init__(self, judge: Judge, end: int) -> None:
        self._judge = judge
        self._end = end
        self._known: dict[ast.AST, Summary] = {}

    def of(self, value: Value) -> Summary:
        """Return what calling a function or a class changes; parameters of a class count from `self`."""
        if value.kind is Kind.CLASS:
            return self._of_class(value)
        node = value.node
        if value.kind is not Kind.FUNCTION or node is None:
            return NOTHING
        if node not in self._known:
            self._known[node] = NOTHING  # for functions that call themselves
            self._known[node] = _Function(self, self._judge, self._end, value).summary()
        return self._known[node]

    def _of_class(self, value: Value) -> Summary:
        made = [self._judge.member(value, name) for name in ("__init__", "__post_init__")]
        parts = [self.of(method) for method in made if method is not None]
        return Summary(
            names=frozenset[Spot]().union(*(each.names for each in parts)),
            parameters=parts[0].parameters if made[0] is not None else frozenset(),
            sets=frozenset[str]().union(*(each.sets for each in parts)),
            keeps=True,
        )


class _Function:
    def __init__(self, summaries: Summaries, judge: Judge, end: int, value: Value) -> None:
        self._summaries = summaries
        self._judge = judge
        self._end = end
        self._value = value
        self._nodes = list(everything(value.node)) if value.node is not None else []
        self._parameters = _parameters(value.node)
        self._globals = {name for node in self._nodes if isinstance(node, ast.Global) for name in node.names}
        self._own = {*self._parameters, *_bound(self._nodes)} - self._globals
        self._aliases: Aliases = aliases([*self._nodes, *_defaults(value.node)])

    def summary(self) -> Summary:
        """Sum the function up."""
        spots = {end for found in self._touched() for end in self._ends(found)}
        inner = [self._summaries.of(called) for called in self._called()]
        return Summary(
            names=frozenset(found for found in spots if found.name not in self._own).union(
                *(each.names for each in inner)
            ),
            parameters=frozenset(self._placed(spots)),
            sets=frozenset(self._globals & _bound(self._nodes)).union(*(each.sets for each in inner)),
            returns=frozenset(found for found in self._returned() if found.name not in self._own),
            back=frozenset(self._placed(self._returned())),
        )

    def _returned(self) -> Iterator[Spot]:
        node = self._value.node
        found = [node.body] if isinstance(node, ast.Lambda) else []
        found += [
            each.value for each in self._nodes if isinstance(each, ast.Return | ast.Yield) and each.value
        ]
        yield from (
            end for value in found for source in sources(value) for end in self._ends(source, holds=True)
        )

    def _placed(self, spots: Iterable[Spot]) -> Iterator[tuple[int | str, int]]:
        """Yield those of some objects that are parameters, by name and by position."""
        for found in spots:
            if found.name in self._parameters:
                yield found.name, found.depth
                yield self._parameters.index(found.name), found.depth

    def _touched(self) -> Iterator[Spot]:
        for touch in touches(self._nodes):
            method = self._method(touch) if touch.method else None
            if method is not None:
                places = self._summaries.of(method).parameters
                yield from (touch.spot.deeper(depth) for place, depth in places if place == 0)
            elif self._changes(touch):
                yield touch.spot
        for call in handed(self._nodes):
            called = self._resolved(call.function)
            if called is not None and called.kind is Kind.OUTER and called.name in tables.CHANGERS:
                yield from (at for place, at in call.arguments.items() if place == 0)
            elif called is not None:
                yield from changed(self._summaries.of(called), call, int(called.kind is Kind.CLASS))

    def _changes(self, touch: Touch) -> bool:
        """Whether something surely changes an object; calls of unknown methods count as uses."""
        found = self._named(touch.spot.name)
        if found is not None and found.kind is Kind.OUTER:
            return False
        if not touch.method or touch.method in tables.CHANGING:
            return True
        plain = found is not None and found.kind in (Kind.PLAIN, Kind.PATH, Kind.FILE, Kind.HANDLE)
        return not plain and touch.spot.name not in self._own and tables.configures(touch.method)

    def _method(self, touch: Touch) -> Value | None:
        """Return the method that a method calls on its own object."""
        home = self._value.home
        if home is None or not isinstance(home.node, ast.ClassDef) or self._value.node not in home.node.body:
            return None
        if touch.spot.depth or touch.spot.name not in self._parameters[:1]:
            return None
        return self._judge.member(Value(Kind.CLASS, node=home.node, home=home), touch.method)

    def _called(self) -> Iterator[Value]:
        for call in handed(self._nodes):
            called = self._resolved(call.function)
            if called is not None:
                yield called
        for touch in touches(self._nodes):
            method = self._method(touch) if touch.method else None
            if method is not None:
                yield method

    def _resolved(self, function: ast.expr) -> Value | None:
        name = function.id if isinstance(function, ast.Name) else ""
        if isinstance(function, ast.Attribute):
            owner = self._named(function.value.id) if isinstance(function.value, ast.Name) else None
            if owner is not None and owner.kind is Kind.OUTER:
                return Value(Kind.OUTER, f"{owner.name}.{function.attr}")
            return self._judge.member(owner, function.attr) if owner is not None else None
        return self._named(name)

    def _named(self, name: str) -> Value | None:
        return self._judge.value(name, self._end) if name not in self._own else None

    def _ends(self, found: Spot, *, holds: bool = False) -> Iterator[Spot]:
        """Yield the parameters and names of the notebook that a part of an object belongs to.

        Args:
            found: The part.
            holds: Whether objects count that it only holds.
        """
        waiting, seen = [found], set[Spot]()
        while waiting:
            each = waiting.pop()
            if each in seen or (each.depth < 0 and not holds) or len(seen) > 99:
                continue
            seen.add(each)
            if each.call is not None:
                waiting += [back.deeper(each.depth) for back in self._from_call(each.call)]
                continue
            if each.name in self._parameters or each.name not in self._own:
                yield each
            waiting += [source.deeper(each.depth) for source in self._aliases.get(each.name, ())]

    def _from_call(self, call: ast.Call) -> Iterator[Spot]:
        called = self._resolved(call.func)
        if called is not None:
            first = int(called.kind is Kind.CLASS or isinstance(call.func, ast.Attribute))
            yield from given_back(self._summaries.of(called), call, first)


def _parameters(node: ast.AST | None) -> list[str]:
    if not isinstance(node, Def | ast.Lambda):
        return []
    words = node.args
    others = [found.arg for found in (words.vararg, words.kwarg) if found is not None]
    return [*(found.arg for found in (*words.posonlyargs, *words.args, *words.kwonlyargs)), *others]


def _defaults(node: ast.AST | None) -> Iterator[ast.AST]:
    """Yield defaults of parameters as assignments."""
    if isinstance(node, Def | ast.Lambda):
        words = node.args
        places = [*words.posonlyargs, *words.args]
        pairs = [*zip(places[len(places) - len(words.defaults) :], words.defaults, strict=True)]
        pairs += [
            (arg, value) for arg, value in zip(words.kwonlyargs, words.kw_defaults, strict=True) if value
        ]
        yield from (ast.Assign([ast.Name(arg.arg, ast.Store())], value) for arg, value in pairs)


def _bound(nodes: list[ast.AST]) -> set[str]:
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in nodes:
        if isinstance(node, ast.stmt):
            names |= (
                bound([node]).names
                if isinstance(node, Def | ast.ClassDef | ast.Import | ast.ImportFrom)
                else set()
            )
        if isinstance(node, Def):
            names |= {*_parameters(node)}
    return names
