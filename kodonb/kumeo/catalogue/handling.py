"""Agents that handle data by rules."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import pydantic

from kodonb.kumeo.catalogue.arguments import Arguments, Needs, Part
from kodonb.kumeo.catalogue.roles import Duration, Features, Routes, Rules


class Processing(Part):
    """What a DataProcessor does, in this order."""

    schema_: Any = pydantic.Field(default=None, alias="schema")
    """JSON Schema of the input, or a name under `schemas`."""
    required_fields: list[str] | None = None
    """Fields that must be there."""
    steps: list[Any] | None = None
    """What is done to texts: `trim`, `lowercase`, `remove_special_chars` …"""
    features: Features | None = None
    """Fields that are computed: `"is_high_value: amount > 1000"`."""
    rules: Rules | None = None
    """Conditions that must hold."""
    operations: list[Any] | None = None
    """Another name of `steps`."""
    rename: dict[str, str] | None = None
    """Old names of fields with new ones."""
    drop: list[str] | None = None
    """Fields that are left out."""


class DataProcessor(Arguments, Processing):
    """Checks, cleans and completes data."""

    config: Processing | str | None = None
    """What it does, as beside it; or a JSON file with that."""


class Routing(Part):
    """Settings of a Router."""

    default: Any = None
    """Where to when no condition holds."""


class Router(Arguments):
    """Sends its input on: the first condition that holds says where to."""

    needs: ClassVar[Needs] = (("rules", "routing_rules"),)
    positional: ClassVar[tuple[str, ...]] = ("rules",)

    rules: Routes = None
    """Conditions with `target.<subject>`, in order; `default` is tested last."""
    routing_rules: Routes = None
    """Another name of `rules`."""
    default: Any = None
    """Where to when no condition holds."""
    config: Routing | str | None = None
    """Further settings, or a JSON file with them."""


class DecisionMatrix(Arguments):
    """Tests its input against rules, each with a name, a condition and the error to tell."""

    needs: ClassVar[Needs] = (("rules", "matrix", "matrix_definition"),)
    positional: ClassVar[tuple[str, ...]] = ("rules",)

    rules: Rules = None
    """Rules: `{name, condition, error?}`; or a file with them."""
    matrix: Rules = None
    """Another name of `rules`, or a file with them."""
    matrix_definition: Rules = None
    """As `matrix`."""


class Engine(Part):
    """Settings of a RuleEngine."""

    mode: Literal["all", "first"] = "all"
    """Whether all rules are tested, or those up to the first that holds."""


class RuleEngine(Arguments):
    """Applies business rules and returns what they conclude."""

    needs: ClassVar[Needs] = (("rules",),)
    positional: ClassVar[tuple[str, ...]] = ("rules",)

    rules: Rules = None
    """Rules: `{name, condition, then, …}`, or a file with them."""
    mode: Literal["all", "first"] | None = None
    """Whether all rules are tested, or those up to the first that holds."""
    config: Engine | str | None = None
    """Further settings, or a JSON file with them."""


class Window(Part):
    """Which messages belong together."""

    type: Literal["tumbling", "sliding", "session", "count", "running"] = "tumbling"
    """What ends a window: time, silence, a number of messages, or nothing."""
    size: Duration | None = None
    """How long it is; for `count`, how many messages."""
    every: Duration | None = None
    """How far apart windows begin that overlap."""
    slide: Duration | None = None
    """Another name of `every`."""
    step: Duration | None = None
    """Another name of `every`."""
    gap: Duration | None = None
    """Silence that ends a session."""
    time: str | None = None
    """Field with the time at which it happened."""
    lateness: Duration = 0
    """How long a window waits for messages that come late."""


class Join(Part):
    """Which parts belong together."""

    on: Any = None
    """Field by which they do; or names of parts with fields."""
    of: list[str] | None = None
    """Names of the parts; those of the input by default."""
    by: str | None = None
    """Field that says which part a message is."""
    within: Duration = "1m"
    """How long the first part waits for the others."""
    kind: Literal["inner", "left", "outer"] = "inner"
    """What comes of those that have waited in vain."""


class Gathering(Part):
    """Settings of an Aggregator."""

    field: str | None = None
    """What the method is applied to: a field, or an expression such as `"price * quantity"`."""
    fields: list[str] | None = None
    """Several such fields."""
    group_by: list[str] | str | None = None
    """Fields whose values keep groups apart."""
    window: Duration | Window | None = None
    """Which messages belong together: a duration, a number of messages, or `{type, size, …}`."""
    join: Join | str | None = None
    """Which parts belong together: a field, or `{on, of, within, …}`."""
    weights: Any = None
    """How much each input counts."""
    max_groups: int | None = None
    """Most windows, or keys, that may be open at a time."""


class Aggregator(Arguments, Gathering):
    """Makes one value of several inputs."""

    needs: ClassVar[Needs] = (("method", "aggregation_method"),)
    positional: ClassVar[tuple[str, ...]] = ("method",)

    method: Any = None
    """How: `merge` (what is no object keeps its name), `mean`, `vote`, `concat`, `max` …; or names with methods."""
    aggregation_method: Any = None
    """Another name of `method`."""
    config: Gathering | str | None = None
    """The same as beside it; or a JSON file with that."""


class DataNormalizer(Arguments):
    """Brings values to one scale."""

    needs: ClassVar[Needs] = (("config", "normalization_method"),)
    positional: ClassVar[tuple[str, ...]] = ("config",)

    normalization_method: str | None = None
    """How: `min_max`, `z_score` …"""
    method: str | None = None
    """Another name of `normalization_method`."""
    fields: list[str] | None = None
    """Fields that the method is for; by default all that are numbers."""


class Missing(Part):
    """Settings of a MissingValueHandler."""

    fields: list[str] | None = None
    """Fields that must have a value."""
    strategies: dict[str, str] | None = None
    """Fields with their strategies, where these are others."""
    value: Any = None
    """What `constant` fills in."""
    values: dict[str, Any] | None = None
    """Fields with what fills them."""
    missing: list[Any] | None = None
    """Values that also mean that there is none, such as `"n/a"`."""


class MissingValueHandler(Arguments):
    """Fills in, or leaves out, what is missing."""

    needs: ClassVar[Needs] = (("strategy", "handling_strategy"),)
    positional: ClassVar[tuple[str, ...]] = ("strategy",)

    strategy: str | None = None
    """How: `mean`, `median`, `constant`, `drop` …"""
    handling_strategy: str | None = None
    """Another name of `strategy`."""
    fields: list[str] | None = None
    """Fields that must have a value."""
    value: Any = None
    """What `constant` fills in."""
    fill_value: Any = None
    """Another name of `value`."""
    default: Any = None
    """Another name of `value`."""
    config: Missing | str | None = None
    """Further settings, or a JSON file with them."""
