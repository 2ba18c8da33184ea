"""Aggregator: makes one result of many values: of one message, of a window of them, of parts that belong together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal

import pydantic

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.expressing import expression
from kodonb.kumeo.agents.parameters import Parameters, Record
from kodonb.kumeo.agents.processing.gathering import Gathering, Joining, Outright, Result, Weighing, Windowing
from kodonb.kumeo.agents.processing.joins import Join
from kodonb.kumeo.agents.processing.totals import Columns, columns
from kodonb.kumeo.agents.processing.weights import weighted
from kodonb.kumeo.agents.processing.windows import CountWindows, SessionWindows, TimeWindows, Windows
from kodonb.kumeo.agents.protocol import Dropped, Message, Process, Several, Site
from kodonb.kumeo.agents.scope import Scope, scope
from kodonb.kumeo.catalogue import handling
from kodonb.kumeo.diagnostics.near import meant
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

Duration = float | str


class Window(Record):
    """Which messages belong together.

    Attributes:
        type: ``tumbling``, ``sliding``, ``session``, ``count`` or ``running``.
        size: Duration, or number of messages for ``count``.
        every: Distance of windows that overlap; a duration, or a number of messages.
        gap: Silence that ends a session.
        time: Field with the time at which it happened; without it, the time at which it comes counts.
        lateness: How long a window waits for messages that come late.
    """

    type: Literal["tumbling", "sliding", "session", "count", "running"] = "tumbling"
    size: Duration | None = None
    every: Duration | None = pydantic.Field(
        None, validation_alias=pydantic.AliasChoices("every", "slide", "step")
    )
    gap: Duration | None = None
    time: str | None = None
    lateness: Duration = 0


class JoinOn(Record):
    """Which parts belong together.

    Attributes:
        on: Field by which they do; or name of the part -> field.
        of: Names of the parts; those of the agent's `input` by default.
        by: Field that says which part a message is, if the input is not an object of parts.
        within: How long the first part waits for the others.
        kind: What comes of those that have waited in vain: ``inner`` nothing, ``left`` those that have the first part,
            ``outer`` all of them.
    """

    on: str | dict[str, str]
    of: list[str] = []
    by: str | None = None
    within: Duration = "1m"
    kind: Literal["inner", "left", "outer"] = "inner"


class AggregatorConfig(Record):
    """Settings of an Aggregator, as beside it."""

    field: str | None = None
    fields: list[str] | None = None
    group_by: str | list[str] | None = None
    window: Duration | Window | None = None
    join: str | JoinOn | None = None
    weights: dict[str, float] | None = None
    max_groups: int | None = None


class AggregatorParameters(Parameters):
    """Arguments of an Aggregator.

    Attributes:
        method: ``count``, ``sum``, ``mean``, ``min``, ``max``, ``median``, ``p95``, ``std``, ``first``, ``last``,
            ``mode`` (the majority), ``list``, ``distinct``, ``merge`` …; or name -> ``"sum(amount)"``; ``join``.
        aggregation_method: The same.
        field: What it is applied to: a field, or an expression such as ``"price * quantity"``.
        fields: Several such fields.
        group_by: Field or fields whose values keep groups apart.
        window: Duration of windows, number of messages, or an object.
        join: Field by which parts belong together, or an object.
        weights: How much each part of the input counts, for ``mean``, ``sum`` and ``vote``.
        max_groups: Most windows, or keys, that may be open at a time.
        config: The same in one object.
    """

    needs = handling.Aggregator.needs
    positional = handling.Aggregator.positional

    method: str | dict[str, str] | None = None
    aggregation_method: str | dict[str, str] | None = None
    field: str | None = None
    fields: list[str] | None = None
    group_by: str | list[str] | None = None
    window: Duration | Window | None = None
    join: str | JoinOn | None = None
    weights: dict[str, float] | None = None
    max_groups: int | None = None
    config: AggregatorConfig = AggregatorConfig()


class Aggregator:
    """Makes one result of many values.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Parameters]] = AggregatorParameters
    process: Process

    def __init__(self, arguments: AggregatorParameters) -> None:
        self.arguments = arguments
        self._scope: Scope | None = None

    async def open(self, site: Site) -> None:
        """Compile.

        Raises:
            AgentError: The declaration is wrong (KN802).
        """
        said = _joined(self.arguments)
        try:
            self._gathering = _gathering(said, site)
        except UsageError as error:
            raise declared_wrongly(error.message, error.remedy or "", where=site.agent) from None
        self._scope = await scope(site, self._gathering.expressions, said.context)
        self.process = (
            _awaited(self._scope, self._gathering)
            if self._scope.moving
            else _plain(self._scope, self._gathering)
        )

    @property
    def due(self) -> datetime | None:
        """When the next window ends, or the next join has waited long enough."""
        due = self._gathering.due
        return None if due is None else datetime.fromtimestamp(due, UTC)

    def lapse(self, now: datetime | None) -> Result:
        """Return what has ended by a time; all there is for `None`."""
        return self._gathering.lapse(None if now is None else now.timestamp())

    async def close(self) -> None:
        """Let go of what was looked things up in."""
        if self._scope is not None:
            await self._scope.close()


def _plain(known: Scope, gathering: Gathering) -> Process:
    return lambda inputs, message: gathering.take(inputs, known.fields(inputs, message))


def _awaited(known: Scope, gathering: Gathering) -> Process:
    async def process(inputs: Any, message: Message) -> Several | Dropped | Any:
        return gathering.take(inputs, await known.looked(inputs, message))

    return process


def _joined(said: AggregatorParameters) -> AggregatorParameters:
    """Return the arguments, with the settings among them."""
    inner = {name: getattr(said.config, name) for name in AggregatorConfig.model_fields}
    return said.model_copy(update={name: each for name, each in inner.items() if getattr(said, name) is None})


def _gathering(said: AggregatorParameters, site: Site) -> Gathering:
    method = said.method or said.aggregation_method or ""
    most = said.max_groups or 10_000
    if said.join is not None or method == "join":
        return _join(said, site, None if method == "join" else method, most)
    groups = [said.group_by] if isinstance(said.group_by, str) else said.group_by or []
    made = columns(method, said.field, said.fields, groups, site.agent)
    if said.weights is not None:
        return _weighing(said, method, outright=said.window is None and not groups, where=site.agent)
    if said.window is None and not groups:
        return Outright(made, parts=isinstance(said.input, Mapping) and bool(made.values != (None,)))
    window = _window(said.window)
    if window.type == "running":
        return Windowing(made, None, site, running=most)
    return Windowing(
        made, _windows(window, made, most), site, time=window.time, lateness=seconds(window.lateness)
    )


def _weighing(said: AggregatorParameters, method: object, *, outright: bool, where: str) -> Gathering:
    if not outright or said.fields:
        raise declared_wrongly(
            "weights are for the parts of one message", "leave out window and groups", where=where
        )
    weights = said.weights or {}
    of = None if said.field is None else expression(said.field, f"agent {where}")
    return Weighing(weighted(method, weights, where), of, weights)


def _window(said: Duration | Window | None) -> Window:
    """Return what a short form says: a duration, a number of messages, or nothing: all messages so far."""
    if said is None:
        return Window(type="running")
    if isinstance(said, Window):
        return said
    if isinstance(said, str):
        return Window(size=said) if said not in {"running", "all"} else Window(type="running")
    return Window(type="count", size=said)


def _windows(window: Window, made: Columns, most: int) -> Windows[Any]:
    needed = window.gap if window.type == "session" else window.size
    if needed is None:
        what = "gap" if window.type == "session" else "size"
        raise UsageError(f"a {window.type} window needs a {what}", code="KN005", remedy=f'write {what}: "1m"')
    size = seconds(needed)
    every = size if window.every is None else seconds(window.every)
    if size <= 0 or every <= 0 or size / every > 1_000:
        remedy = "take a size, and a distance of at least a thousandth of it"
        raise UsageError("a window has no length, or too many overlap", code="KN005", remedy=remedy)
    if window.type == "session":
        return SessionWindows(size, made.sink, most)
    if window.type == "count":
        return CountWindows(max(1, int(size)), max(1, int(every)), made.sink, most)
    return TimeWindows(size, every, made.sink, most)


def _join(
    said: AggregatorParameters, site: Site, method: str | dict[str, str] | None, most: int
) -> Gathering:
    if said.join is None:
        raise declared_wrongly("a join needs a field", 'write join: "order_id"', where=site.agent)
    join = JoinOn(on=said.join) if isinstance(said.join, str) else said.join
    names = join.of or (list(said.input) if isinstance(said.input, Mapping) else [])
    if len(names) < 2:
        raise declared_wrongly("a join needs two parts", "name them: join: {of: […]}", where=site.agent)
    keys = dict.fromkeys(names, join.on) if isinstance(join.on, str) else join.on
    for name in set(keys) ^ set(names):
        raise declared_wrongly(f"`{name}` is no part of the join", meant(name, names), where=site.agent)
    made = None if method is None else columns(method, said.field, said.fields, [], site.agent)
    return Joining(Join(names, seconds(join.within), join.kind, most), keys, join.by, made, site)
