"""A form for one event: what is shown of it, and what is to be filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, NamedTuple

import pydantic

from kodonb.kumeo.agents.asking.fields import Field

_LONGEST: Final = 2_000


class Form(NamedTuple):
    """A form.

    Attributes:
        model: What is to be filled in.
        shown: Labels with what is shown.
    """

    model: type[pydantic.BaseModel]
    shown: dict[str, str]


class Slot(NamedTuple):
    """What is to be filled in.

    Attributes:
        kind: Its type.
        default: What it holds at first; `...` if it must be filled in.
        told: What else pydantic is told of it.
    """

    kind: Any
    default: Any
    told: Mapping[str, Any]


class _Base(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")


def form(
    title: str, description: str, fields: Sequence[Field], own: Mapping[str, Slot], inputs: Mapping[str, Any]
) -> Form:
    """Return the form of an event.

    Args:
        title: What is asked.
        description: What it is about.
        fields: Fields as declared.
        own: Further fields, before those.
        inputs: The event.
    """
    values = {each.field: value_at(inputs, each.field) for each in fields}
    shown = [each for each in fields if each.is_shown(has_value=values[each.field] is not None)]
    told = {each.label or each.field: text(values[each.field]) for each in shown}
    slots = {**own, **{each.field: _slot(each, values[each.field]) for each in fields if each not in shown}}
    # Names in a form may be any text, those of a class may not: so they are aliases.
    made = {f"field_{number}": _made(name, each) for number, (name, each) in enumerate(slots.items())}
    create: Any = pydantic.create_model  # its overloads know no fields that are made at run time
    model = create(
        "Form",
        __base__=_Base,
        __doc__="\n\n".join(part for part in (description, _listed(told)) if part) or title,
        **made,
    )
    model.model_config["title"] = title
    model.model_config["json_schema_extra"] = {
        "x-shown": [{"label": label, "value": each} for label, each in told.items()]
    }
    model.model_rebuild(force=True)
    return Form(model, told)


def _made(name: str, slot: Slot) -> tuple[Any, Any]:
    return Annotated[slot.kind, pydantic.Field(alias=name, **slot.told)], slot.default


def _slot(field: Field, value: Any) -> Slot:
    """Return what is to be filled in; what is required is not filled in by what came, which is a hint only."""
    extra: dict[str, Any] = {"x-field": field.type}
    told: dict[str, Any] = {"title": field.label or field.field, "json_schema_extra": extra}
    if field.description:
        told["description"] = field.description
    default = value if field.default is None else field.default
    fits = default is not None and _fits(field, default)
    if field.required:
        if fits:
            extra["examples"] = [default]
        return Slot(field.annotation, ..., told | ({"min_length": 1} if field.annotation is str else {}))
    if fits:
        return Slot(field.annotation, default, told)
    empty = _EMPTY.get(field.type)
    return Slot(field.annotation if empty is not None else field.annotation | None, empty, told)


_EMPTY: Final[dict[str, Any]] = {
    "text": "", "string": "", "textarea": "", "markdown": "", "email": "", "url": "",
    "boolean": False, "bool": False, "checkbox": False, "toggle": False,
}  # fmt: skip


def _fits(field: Field, value: Any) -> bool:
    try:
        pydantic.TypeAdapter(field.annotation).validate_python(value)
    except pydantic.ValidationError:
        return False
    return True


def _listed(told: Mapping[str, str]) -> str:
    return "\n".join(f"{label}: {value}" for label, value in told.items())


def value_at(inputs: Any, path: str) -> Any:
    """Return the value at a path such as ``"patient.name"``; null if there is none."""
    if isinstance(inputs, Mapping) and path in inputs:
        return inputs[path]
    for name in path.split("."):
        inputs = inputs.get(name) if isinstance(inputs, Mapping) else None
    return inputs


def text(value: Any) -> str:
    """Return a value as it is shown."""
    said = (
        ""
        if value is None
        else value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, default=str)
    )
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"
