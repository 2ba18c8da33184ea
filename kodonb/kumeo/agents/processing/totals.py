"""What an Aggregator calculates: named totals, each of an expression."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.processing.methods import METHODS, Total, maker
from kodonb.kumeo.expressions import Condition

_CALL: Final = re.compile(r"\s*(\w[\w.]*)\s*(?:\((.*)\))?\s*", re.DOTALL)


class Sink:
    """The totals of one window.

    Args:
        totals: The totals, in the order of their columns.

    Attributes:
        count: How many messages went in.
    """

    __slots__ = ("_adds", "_totals", "count")

    def __init__(self, totals: list[Total]) -> None:
        self._totals = totals
        self._adds = [total.add for total in totals]
        self.count = 0

    def add(self, values: Sequence[Any]) -> None:
        """Take the values of a message."""
        self.count += 1
        for add, value in zip(self._adds, values, strict=True):
            add(value)

    def results(self) -> list[Any]:
        """Return the totals."""
        return [total.result() for total in self._totals]


class Columns(NamedTuple):
    """What is calculated.

    Attributes:
        names: Names of the totals.
        makers: What makes each.
        values: What each is of; `None` for all of the input.
        groups: Name of the group -> its expression.
        merging: Whether each makes one object of all it is given.
    """

    names: tuple[str, ...]
    makers: tuple[Callable[[], Total], ...]
    values: tuple[Condition | None, ...]
    groups: tuple[tuple[str, Condition], ...]
    merging: tuple[bool, ...]

    def sink(self) -> Sink:
        """Return new totals."""
        return Sink([make() for make in self.makers])

    def row(self, inputs: Any, fields: Mapping[str, Any]) -> list[Any]:
        """Return the values of a message."""
        return [inputs if each is None else each.value(fields) for each in self.values]

    def part(self, name: str, value: Any) -> list[Any]:
        """Return the values of a part of a message; one that is no object is merged under its name."""
        named = value if value is None or type(value) is dict else {name: value}
        return [named if merges else value for merges in self.merging]

    def key(self, fields: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the group of a message."""
        return tuple([hashable(each.value(fields)) for _, each in self.groups])

    def told(self, key: tuple[Any, ...], sink: Sink) -> dict[str, Any]:
        """Return a result."""
        groups = {name: value for (name, _), value in zip(self.groups, key, strict=True)}
        return {**groups, "count": sink.count, **dict(zip(self.names, sink.results(), strict=True))}

    def expressions(self) -> Iterable[Condition]:
        """Yield all expressions."""
        yield from (each for each in self.values if each is not None)
        yield from (each for _, each in self.groups)


def hashable(value: Any) -> Any:
    """Return a value as a key; lists and objects cannot be one, their text can."""
    return value if value is None or isinstance(value, str | int | float) else repr(value)


def columns(
    method: str | dict[str, str], field: str | None, fields: list[str] | None, groups: list[str], where: str
) -> Columns:
    """Return what is calculated.

    Args:
        method: Name of a method, a call such as ``"sum(amount)"``, or names -> such.
        field: What a method is applied to, if it does not say so itself.
        fields: Several such.
        groups: Fields that keep groups apart.
        where: The agent.

    Raises:
        AgentError: There is no such method, or an expression is malformed (KN802).
    """
    if isinstance(method, dict):
        said = [(name, each, field) for name, each in method.items()]
    elif fields:
        said = [(_last(each), method, each) for each in fields]
    else:
        said = [("value", method, field)]
    made = [(name, *_called(each, of, where)) for name, each, of in said]
    kept = [(_last(each), expression(each, f"agent {where}")) for each in groups]
    return Columns(
        tuple(name for name, _, _ in made),
        tuple(make for _, make, _ in made),
        tuple(value for _, _, value in made),
        tuple(kept),
        tuple(make is METHODS["merge"] for _, make, _ in made),
    )


def _called(said: str, field: str | None, where: str) -> tuple[Callable[[], Total], Condition | None]:
    call = _CALL.fullmatch(said)
    if call is None:
        raise declared_wrongly(f"`{said}` is no method", "write e.g. sum(amount)", where=where)
    of = (call[2] or "").strip() or field
    return maker(call[1], where), None if of in {None, "*"} else expression(of, f"agent {where}")


def _last(path: str) -> str:
    return path.rpartition(".")[2].strip()
