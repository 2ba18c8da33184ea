"""Ways to make one value of many."""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Callable
from typing import Any, Final, Protocol

from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.processing.statistics import Frequent, Running, is_number, quantile
from kodonb.kumeo.diagnostics.near import meant

_MOST: Final = 100_000
_PERCENTILE: Final = re.compile(r"p(\d{1,2}(?:\.\d{1,3})?)")


class Total(Protocol):
    """A value in the making."""

    def add(self, value: Any) -> None:
        """Take a value."""

    def result(self) -> Any:
        """Return what all of them make together; null if there was none that fits."""


class _Numbers:
    """What statistics say of the numbers among the values."""

    def __init__(self, say: Callable[[Running], Any]) -> None:
        self._seen = Running()
        self._say = say

    def add(self, value: Any) -> None:
        if is_number(value):
            self._seen.add(value)

    def result(self) -> Any:
        return self._say(self._seen) if self._seen.count else None


class _Extreme:
    """The least or the largest number."""

    def __init__(self, further: Callable[[Any, Any], bool]) -> None:
        self._further = further
        self._value: Any = None

    def add(self, value: Any) -> None:
        if is_number(value) and (self._value is None or self._further(value, self._value)):
            self._value = value

    def result(self) -> Any:
        return self._value


class _Sum:
    """The sum of the numbers; of fractions, as exact as can be (Shewchuk's algorithm, as `math.fsum` has it)."""

    def __init__(self) -> None:
        self._whole = 0
        self._parts: list[float] = []
        self._any = False

    def add(self, value: Any) -> None:
        if type(value) is int:
            self._whole += value
            self._any = True
        elif is_number(value):
            self._parts.append(value)
            self._any = True
            if len(self._parts) > 1_000:
                self._parts = [math.fsum(self._parts)]

    def result(self) -> Any:
        if not self._any:
            return None
        return self._whole + math.fsum(self._parts) if self._parts else self._whole


class _Count:
    """How many values are not null."""

    def __init__(self) -> None:
        self._count = 0

    def add(self, value: Any) -> None:
        self._count += value is not None

    def result(self) -> int:
        return self._count


class _End:
    """The first or the last value that is not null."""

    def __init__(self, *, first: bool) -> None:
        self._first = first
        self._value: Any = None

    def add(self, value: Any) -> None:
        if value is not None and (self._value is None or not self._first):
            self._value = value

    def result(self) -> Any:
        return self._value


class _Mode:
    """The most frequent value; of several, the one that came first."""

    def __init__(self) -> None:
        self._seen = Frequent()

    def add(self, value: Any) -> None:
        self._seen.add(value)

    def result(self) -> Any:
        return self._seen.mode()


class _Gathered:
    """What is made of all values, which are kept for that."""

    def __init__(self, make: Callable[[list[Any]], Any]) -> None:
        self._values: list[Any] = []
        self._make = make

    def add(self, value: Any) -> None:
        if value is None:
            return
        if len(self._values) == _MOST:
            raise AgentError(
                f"there are more than {_MOST:,} values to keep",
                code="KN805",
                remedy="take a shorter window, or a method such as count, sum or mean",
            )
        self._values.append(value)

    def result(self) -> Any:
        return self._make(self._values)


def _distinct(values: list[Any]) -> list[Any]:
    return list(
        {json.dumps(value, sort_keys=True, default=str): value for value in reversed(values)}.values()
    )[::-1]


def _merged(values: list[Any]) -> dict[str, Any]:
    return {name: each for value in values if isinstance(value, dict) for name, each in value.items()}


def _chained(values: list[Any]) -> Any:
    if values and all(isinstance(value, list) for value in values):
        return [each for value in values for each in value]
    return " ".join(value if isinstance(value, str) else json.dumps(value) for value in values)


def _percentile(part: float) -> Callable[[list[Any]], Any]:
    return lambda values: quantile(sorted(value for value in values if is_number(value)), part)


METHODS: Final[dict[str, Callable[[], Total]]] = {
    "count": _Count,
    "sum": _Sum,
    "mean": lambda: _Numbers(lambda seen: seen.mean),
    "min": lambda: _Extreme(operator.lt),
    "max": lambda: _Extreme(operator.gt),
    "range": lambda: _Numbers(lambda seen: seen.most - seen.least),
    "variance": lambda: _Numbers(lambda seen: seen.variance),
    "std": lambda: _Numbers(lambda seen: seen.deviation),
    "median": lambda: _Gathered(_percentile(0.5)),
    "first": lambda: _End(first=True),
    "last": lambda: _End(first=False),
    "mode": _Mode,
    "list": lambda: _Gathered(list),
    "distinct": lambda: _Gathered(_distinct),
    "count_distinct": lambda: _Gathered(lambda values: len(_distinct(values))),
    "merge": lambda: _Gathered(_merged),
    "concat": lambda: _Gathered(_chained),
    "any": lambda: _Gathered(any),
    "all": lambda: _Gathered(all),
}
"""Methods by name; ``p95`` and the like are beside them."""

ALIASES: Final = {
    "avg": "mean", "average": "mean", "total": "sum", "minimum": "min", "maximum": "max", "stddev": "std",
    "var": "variance", "majority": "mode", "majority_vote": "mode", "vote": "mode", "most_frequent": "mode",
    "collect": "list", "append": "list", "unique": "distinct", "union": "distinct", "concatenate": "concat",
    "combine": "merge", "latest": "last",
}  # fmt: skip
"""Other names of methods."""


def maker(said: str, where: str) -> Callable[[], Total]:
    """Return what makes totals of a method.

    Raises:
        AgentError: There is no such method (KN802).
    """
    name = ALIASES.get(said.strip().lower(), said.strip().lower())
    if name in METHODS:
        return METHODS[name]
    if percentile := _PERCENTILE.fullmatch(name):
        part = float(percentile[1]) / 100
        return lambda: _Gathered(_percentile(part))
    raise declared_wrongly(f"there is no method `{said}`", meant(name, [*METHODS, "p95"]), where=where)
