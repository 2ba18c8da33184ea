"""Agents that handle data by rules."""

from __future__ import annotations

from typing import Any, ClassVar

import pydantic

from kodonb.kumeo.catalogue.arguments import Arguments, Needs, Part
from kodonb.kumeo.catalogue.roles import Features, Routes, Rules


class Processing(Part):
    """What a DataProcessor does, in this order."""

    schema_: Any = pydantic.Field(default=None, alias="schema")
    """JSON Schema of the input, or a name under `schemas`."""
    required_fields: list[str] | None = None
    """Fields that must be there."""
    steps: list[str] | None = None
    """What is done to texts: `trim`, `lowercase`, `remove_special_chars` …"""
    features: Features | None = None
    """Fields that are computed: `"is_high_value: amount > 1000"`."""
    rules: Rules | None = None
    """Conditions that must hold."""


class DataProcessor(Arguments):
    """Checks, cleans and completes data."""

    config: Processing | str | None = None
    """What it does: `schema`, `required_fields`, `steps`, `features`, `rules`; or a JSON file with that."""


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


class DecisionMatrix(Arguments):
    """Tests its input against rules, each with a name, a condition and the error to tell."""

    needs: ClassVar[Needs] = (("rules", "matrix", "matrix_definition"),)
    positional: ClassVar[tuple[str, ...]] = ("rules",)

    rules: Rules = None
    """Rules: `{name, condition, error?}`; or a file with them."""
    matrix: Any = None
    """Another name of `rules`, or a file with them."""
    matrix_definition: Any = None
    """As `matrix`."""


class RuleEngine(Arguments):
    """Applies business rules and returns what they conclude."""

    needs: ClassVar[Needs] = (("rules",),)
    positional: ClassVar[tuple[str, ...]] = ("rules",)

    rules: Rules = None
    """Rules: `{name, condition, …}`, conditions with conclusions, or a file with them."""


class Aggregator(Arguments):
    """Makes one value of several inputs."""

    needs: ClassVar[Needs] = (("method", "aggregation_method"),)
    positional: ClassVar[tuple[str, ...]] = ("method",)

    method: str | None = None
    """How: `merge`, `mean`, `vote`, `concat`, `max` …"""
    aggregation_method: str | None = None
    """Another name of `method`."""
    weights: Any = None
    """How much each input counts."""


class DataNormalizer(Arguments):
    """Brings values to one scale."""

    needs: ClassVar[Needs] = (("config", "normalization_method"),)
    positional: ClassVar[tuple[str, ...]] = ("config",)

    normalization_method: str | None = None
    """How: `min_max`, `z_score` …"""


class MissingValueHandler(Arguments):
    """Fills in, or leaves out, what is missing."""

    needs: ClassVar[Needs] = (("strategy", "handling_strategy"),)
    positional: ClassVar[tuple[str, ...]] = ("strategy",)

    strategy: str | None = None
    """How: `mean`, `median`, `constant`, `drop` …"""
    handling_strategy: str | None = None
    """Another name of `strategy`."""
