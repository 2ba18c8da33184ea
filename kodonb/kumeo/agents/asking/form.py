"""A form for one event: what is shown of it, and what is to be filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Annotated, Any, Final, NamedTuple

import pydantic

from kodonb.kumeo.agents.asking.fields import Field

_LONGEST: Final = 2_000
_ROOM: Final = 8_000  # characters of a message that is shown as a whole
_MOST: Final = 40  # fields of it
_FLAT: Final = 70  # characters up to which JSON stays on one line


class Form(NamedTuple):
    """A form.

    Attributes:
        model: What is to be filled in; its schema also tells what is shown where the question is answered.
        shown: Labels with what is shown as declared.
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
    asker: str,
    title: str,
    description: str,
    *,
    fields: Sequence[Field],
    own: Mapping[str, Slot],
    inputs: Mapping[str, Any],
) -> Form:
    """Return the form of an event.

    Who answers sees the fields that are declared to be shown; without any, the whole event, as nobody can decide on
    what is not seen. Who is only told sees no more than what is declared, as that leaves for other servers.

    Args:
        asker: Id of the agent.
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
    seen = told or _whole(inputs)
    model.model_config["json_schema_extra"] = {
        "x-asker": asker,
        "x-about": description,
        "x-shown": [{"label": label, "value": each} for label, each in seen.items()],
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


def _whole(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return all fields of an event, as far as there is room."""
    shown: dict[str, str] = {}
    room = _ROOM
    for name in islice(inputs, _MOST):
        if room <= 0:
            break
        shown[str(name)] = _cut(_readable(inputs[name]), min(room, _LONGEST))
        room -= len(name) + len(shown[str(name)])
    left = len(inputs) - len(shown)
    return shown | ({"…": f"{left} more"} if left else {})


def _readable(value: Any) -> str:
    flat = text(value)
    if isinstance(value, str) or len(flat) <= _FLAT:
        return flat
    return json.dumps(value, ensure_ascii=False, default=str, indent=2)


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
    return _cut(said, _LONGEST)


def _cut(said: str, limit: int) -> str:
    return said if len(said) <= limit else f"{said[: limit - 1]}…"
