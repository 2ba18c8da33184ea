"""What the value of an argument is to the language, beside its type."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any

import pydantic


class Role(Enum):
    """How the language reads an argument."""

    CONDITION = "condition"
    DURATION = "duration"
    LIFETIME = "lifetime"
    FEATURES = "features"
    FALLBACK = "fallback"
    INPUT = "input"
    OUTPUT = "output"
    CONTEXT = "context"
    PROMPT = "prompt"
    ROUTES = "routes"
    RULES = "rules"


Condition = Annotated[str, Role.CONDITION]
"""A condition, such as ``"amount > 1000"``."""

Duration = Annotated[str | float, Role.DURATION]
"""A duration, such as ``"30s"``, or a number of seconds."""

Lifetime = Annotated[str | float | bool, Role.LIFETIME]
"""A duration, or `true` for ever and `false` for not at all."""

Features = Annotated[list[str] | dict[str, str], Role.FEATURES]
"""Fields that are computed: ``"is_high_value: amount > 1000"``, or names with expressions."""

Fallback = Annotated[Any, Role.FALLBACK]
"""What takes over: an agent, an engine, or a value."""

Input = Annotated[Any, Role.INPUT]
"""Where values come from: a reference, a list of references, or names with references."""

Output = Annotated[Any, Role.OUTPUT]
"""Where values go: a stream, ``target.x``, or in a subworkflow ``output.x``."""

Context = Annotated[Any, Role.CONTEXT]
"""Knowledge: a reference, a list of references, or an SQL query over declared data."""

Prompt = Annotated[str, Role.PROMPT]
"""A text with ``{{name}}`` to be filled in."""

Routes = Annotated[Any, Role.ROUTES]
"""Conditions with the targets that they lead to, in order."""

Rules = Annotated[Any, Role.RULES]
"""Rules, each with a condition."""


@lru_cache(maxsize=256)
def roles(model: type[pydantic.BaseModel]) -> Mapping[str, Role]:
    """Return the arguments of a model that have a role."""
    found = {field.alias or name: _role(field) for name, field in model.model_fields.items()}
    return {name: role for name, role in found.items() if role is not None}


def _role(field: pydantic.fields.FieldInfo) -> Role | None:
    marks = [*field.metadata, *_marks(field.annotation)]
    return next((mark for mark in marks if isinstance(mark, Role)), None)


def _marks(annotation: Any) -> list[Any]:
    """Return what types are annotated with, also within `X | None`."""
    if typing.get_origin(annotation) is Annotated:
        return [*annotation.__metadata__]
    return [mark for part in typing.get_args(annotation) for mark in _marks(part)]


@lru_cache(maxsize=256)
def parts(model: type[pydantic.BaseModel]) -> Mapping[str, type[pydantic.BaseModel]]:
    """Return the arguments of a model that have fields of their own, such as `config`, with their models."""
    found = {field.alias or name: _model(field.annotation) for name, field in model.model_fields.items()}
    return {name: part for name, part in found.items() if part is not None}


def _model(annotation: Any) -> type[pydantic.BaseModel] | None:
    choices = (annotation, *typing.get_args(annotation))
    return next(
        (each for each in choices if isinstance(each, type) and issubclass(each, pydantic.BaseModel)), None
    )
