"""MissingValueHandler: fills in what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

import pydantic

from kodonb.kumeo.agents.compiled import Compiled, CompiledAgent, whole
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.processing.statistics import Frequent, Latest, Running, is_number
from kodonb.kumeo.agents.protocol import Dropped, Site
from kodonb.kumeo.agents.scope import Fields
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.diagnostics.near import meant

_MOST: Final = 1_000  # names of fields of which something is learnt
_GONE: Final = object()


class _Filler:
    """What is put in the place of missing values of one field, and what is learnt from the others."""

    def __init__(self, note: Callable[[Any], None], fill: Callable[[], Any]) -> None:
        self.note = note
        self.fill = fill


def _nothing(_: Any) -> None:
    """Learn nothing."""


def _of_numbers(add: Callable[[float], None]) -> Callable[[Any], None]:
    return lambda value: add(value) if is_number(value) else None


def _mean() -> _Filler:
    seen = Running()
    return _Filler(_of_numbers(seen.add), lambda: seen.mean if seen.count else None)


def _median() -> _Filler:
    seen = Latest()
    return _Filler(_of_numbers(seen.add), seen.median)


def _mode() -> _Filler:
    seen = Frequent()
    return _Filler(seen.add, seen.mode)


def _last() -> _Filler:
    seen: list[Any] = [None]
    return _Filler(lambda value: seen.__setitem__(0, value), lambda: seen[0])


def _fail() -> _Filler:
    return _Filler(_nothing, _raise)


def _raise() -> Any:
    raise AgentError(
        "a value is missing", code="KN805", remedy="correct the data, or choose another strategy"
    )


STRATEGIES: Final[dict[str, Callable[[], _Filler]]] = {
    "mean": _mean,
    "median": _median,
    "mode": _mode,
    "forward_fill": _last,
    "zero": lambda: _Filler(_nothing, lambda: 0),
    "empty": lambda: _Filler(_nothing, str),
    "null": lambda: _Filler(_nothing, lambda: None),
    "remove": lambda: _Filler(_nothing, lambda: _GONE),
    "fail": _fail,
}
"""Strategies by name; ``constant`` and ``drop`` are beside them."""

ALIASES: Final = {
    "mean_imputation": "mean", "average": "mean", "median_imputation": "median", "mode_imputation": "mode",
    "most_frequent": "mode", "ffill": "forward_fill", "last": "forward_fill", "locf": "forward_fill",
    "last_observation_carried_forward": "forward_fill", "default": "constant", "fill": "constant",
    "fill_constant": "constant", "constant_imputation": "constant", "zero_imputation": "zero", "drop_field": "remove",
    "drop_fields": "remove", "drop_row": "drop", "drop_rows": "drop", "skip": "drop", "error": "fail", "raise": "fail",
    "none": "null",
}  # fmt: skip
"""Other names of strategies."""


class MissingValueConfig(Record):
    """Settings of a MissingValueHandler.

    Attributes:
        fields: Fields that must have a value; without them, those that came without one.
        strategies: Field -> strategy, where it is another one.
        value: What ``constant`` fills in.
        values: Field -> what fills it, whatever the strategy.
        missing: Values that also mean that there is none, such as ``""`` and ``"n/a"``.
    """

    fields: list[str] | None = None
    strategies: dict[str, str] = {}
    value: Any = None
    values: dict[str, Any] = {}
    missing: list[str | float] = []


class MissingValueParameters(Parameters):
    """Arguments of a MissingValueHandler.

    Attributes:
        strategy: ``mean``, ``median``, ``mode``, ``forward_fill``, ``constant``, ``zero``, ``empty``, ``null``,
            ``remove`` (the field), ``drop`` (the message) or ``fail``. Means are those of the values that went by.
        handling_strategy: The same.
        fields: Fields that must have a value.
        value: What ``constant`` fills in.
        config: More settings.
    """

    needs = handling.MissingValueHandler.needs
    positional = handling.MissingValueHandler.positional

    strategy: str | None = None
    handling_strategy: str | None = None
    fields: list[str] | None = None
    value: Any = pydantic.Field(
        None, validation_alias=pydantic.AliasChoices("value", "fill_value", "default")
    )
    config: MissingValueConfig = MissingValueConfig()


class MissingValueHandler(CompiledAgent[MissingValueParameters]):
    """Fills in what is missing: null, no number at all, or a field that did not come."""

    parameters = MissingValueParameters

    def compiled(self, site: Site) -> Compiled:
        """Compile the strategies."""
        said, config = self.arguments, self.arguments.config
        value = config.value if said.value is None else said.value
        general = _strategy(site, said.strategy or said.handling_strategy or "", value)
        fixed = {name: _constant(each) for name, each in config.values.items()}
        single = {name: _strategy(site, each, value) for name, each in config.strategies.items()} | fixed
        names = said.fields or config.fields
        makers = {**dict.fromkeys(names or (), general), **single}
        return Compiled(_Handling(makers, general, frozenset(config.missing), every=not names).handle)


Maker = Callable[[], _Filler] | None  # none for what drops the message


def _constant(value: Any) -> Callable[[], _Filler]:
    return lambda: _Filler(_nothing, lambda: value)


def _strategy(site: Site, said: str, value: Any) -> Maker:
    name = ALIASES.get(said.lower(), said.lower())
    if name == "constant" and value is None:
        raise declared_wrongly("`constant` needs a value", "write value: 0", where=site.agent)
    if name == "drop":
        return None
    if name != "constant" and name not in STRATEGIES:
        remedy = meant(name, [*STRATEGIES, "constant", "drop"])
        raise declared_wrongly(f"there is no strategy `{said}`", remedy, where=site.agent)
    return _constant(value) if name == "constant" else STRATEGIES[name]


class _Handling:
    """Fills in values.

    Args:
        makers: Field -> how it is filled, where that is declared.
        general: How all others are filled.
        marks: Values that mean that there is none.
        every: Whether others are filled at all.
    """

    def __init__(
        self, makers: dict[str, Maker], general: Maker, marks: frozenset[str | float], *, every: bool
    ) -> None:
        self._fillers = {name: None if make is None else make() for name, make in makers.items()}
        self._declared = tuple(makers)
        self._general = general
        self._marks = marks
        self._every = every

    def handle(self, inputs: Any, _: Fields) -> Any:
        """Return the fields, with what was missing; or nothing, if that is the strategy."""
        values = dict(whole(inputs))
        names: Iterable[str] = self._declared
        if self._every:
            names = values.keys() | names if names else list(values)
        gone = []
        for name in names:
            value = values.get(name)
            filler = self._filler(name)
            if not self._is_missing(value):
                if filler is not None:
                    filler.note(value)
            elif filler is None:
                return Dropped(f"{name} is missing")
            elif (filled := filler.fill()) is _GONE:
                gone.append(name)
            else:
                values[name] = filled
        return {name: value for name, value in values.items() if name not in gone} if gone else values

    def _filler(self, name: str) -> _Filler | None:
        if name in self._fillers:
            return self._fillers[name]
        made = None if self._general is None else self._general()
        if len(self._fillers) < _MOST:
            self._fillers[name] = made
        return made

    def _is_missing(self, value: Any) -> bool:
        kind = type(value)
        if value is None or (kind is float and value != value):  # noqa: PLR0124 - that is what tells no number
            return True
        return bool(self._marks) and (kind is str or kind is int or kind is float) and value in self._marks
