"""What a model is given of an event: a row of numbers, or a value for each of its inputs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.expressing import computed, expression
from kodonb.kumeo.agents.processing.statistics import is_number
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.expressions import Condition, is_plain, picker

Row = list[Any]

_NUMBERS: Final = frozenset({int, float})


def declared(said: Sequence[str], where: str) -> list[tuple[str, Condition]]:
    """Return features: names of fields, paths, or ``"name: expression"``.

    Raises:
        AgentError: One is malformed (KN802).
    """
    return [_feature(each, where) for each in said]


def _feature(said: str, where: str) -> tuple[str, Condition]:
    if is_plain(said):
        return said.strip(), expression(said, where)
    name, made = computed(said, where)
    return name, made


class Features:
    """Makes rows of events.

    Args:
        site: Where the agent is.
        said: Features as declared; none if nothing is.
        known: Names that the model itself has for them.
        width: How many it takes; `None` if any number will do.
    """

    def __init__(
        self, site: Site, said: Sequence[tuple[str, Condition]], known: Sequence[str], width: int | None
    ) -> None:
        self._site = site
        self._made = list(said)
        self._pick = picker([condition for _, condition in said])
        self._names = [str(name) for name in known]
        self._width = width
        if self._made and width is not None and len(self._made) != width:
            raise self._wrong(
                f"the model takes {width} features, but {len(self._made)} are declared", code="KN802"
            )

    def row(self, inputs: Any, fields: Mapping[str, Any]) -> Row:
        """Return the numbers, or texts, of an event.

        Raises:
            AgentError: One is missing, or there are too many or too few (KN805).
        """
        if self._pick is not None and (picked := _numbers(self._pick, fields)) is not None:
            return picked
        if self._made:
            values = [(name, condition.value(fields)) for name, condition in self._made]
        else:
            values = self._undeclared(inputs)
        if self._width is not None and len(values) != self._width:
            raise self._wrong(f"the model takes {self._width} features, but there are {len(values)}")
        return [self._number(name, value) for name, value in values]

    def _undeclared(self, inputs: Any) -> list[tuple[str, Any]]:
        if type(inputs) is list:
            return [(str(number), value) for number, value in enumerate(inputs)]
        if type(inputs) is not dict:
            return [("value", inputs)]
        if len(inputs) == 1:
            [(only, value)] = inputs.items()
            if type(value) is list and only not in self._names:
                return self._undeclared(value)
        if not self._names:
            self._names = self._told_order(list(inputs))
        return [(name, inputs.get(name)) for name in self._names]

    def _told_order(self, names: list[str]) -> list[str]:
        shown = ", ".join(names)
        if self._width is not None and len(names) != self._width:
            raise self._wrong(
                f"the model takes {self._width} features, and it is not known which of: {shown}"
            )
        warn(
            self._site,
            f"the model's features are taken in the order of the first event: {shown}; declare them",
        )
        return names

    def _number(self, name: str, value: Any) -> Any:
        if value is None:
            raise self._wrong(f"{name} is missing")
        if isinstance(value, bool):
            return float(value)
        if isinstance(value, str) or is_number(value):
            return value
        raise self._wrong(f"{name} is no number")

    def _wrong(self, message: str, code: str = "KN805") -> AgentError:
        remedy = 'write config: {features: ["amount", "is_high: amount > 1000"]}, in the model\'s order'
        return AgentError(message, code=code, where=f"agent {self._site.agent}", remedy=remedy)


def _numbers(pick: Callable[[Mapping[str, Any]], tuple[Any, ...]], fields: Mapping[str, Any]) -> Row | None:
    """Return what is picked if all of it is finite numbers: the usual case, found out ten times faster."""
    try:
        values = pick(fields)
        finite = _NUMBERS.issuperset(map(type, values)) and math.isfinite(sum(values))
    except (KeyError, OverflowError):
        return None
    return list(values) if finite else None
