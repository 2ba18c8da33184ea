"""Fields of a form, as they are declared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, Literal

import pydantic

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.problems import problems
from kodonb.kumeo.diagnostics.near import meant

TYPES: Final[dict[str, Any]] = {
    "text": str, "string": str, "textarea": str, "email": str, "url": str, "markdown": str,
    "number": float, "float": float, "integer": int, "int": int,
    "boolean": bool, "bool": bool, "checkbox": bool, "toggle": bool,
    "date": dt.date, "datetime": dt.datetime,
    "select": Literal, "choice": Literal, "radio": Literal, "multiselect": list,
}  # fmt: skip
"""Types of what is filled in; ``select`` and the like need options."""

SHOWN: Final = frozenset({"badge", "display", "label", "readonly", "json", "table", "image", "code", "link"})
"""Types of what is only shown."""


class Field(Record):
    """A field of a form.

    Attributes:
        field: Its name; of what is shown, a path.
        label: What it is called.
        type: One of `TYPES` or `SHOWN`.
        required: Whether it must be filled in.
        options: What can be chosen.
        default: What it holds at first; the value of the input by default.
        editable: Whether it is filled in. Without it, ``text`` is shown if the input has it, and filled in if not.
        description: What it means.
    """

    field: str = pydantic.Field(validation_alias=pydantic.AliasChoices("field", "name"))
    label: str = ""
    type: str = "text"
    required: bool = False
    options: list[str | int | float] = []
    default: Any = None
    editable: bool | None = None
    description: str = ""

    def is_shown(self, *, has_value: bool) -> bool:
        """Whether it is only shown."""
        if self.type in SHOWN:
            return True
        if self.editable is not None:
            return not self.editable
        return self.type in {"text", "string"} and has_value and not (self.required or self.options)

    @property
    def annotation(self) -> Any:
        """The type of what is filled in."""
        if self.options:
            chosen: Any = Literal[tuple(self.options)]
            return list[chosen] if self.type == "multiselect" else chosen
        return TYPES[self.type]


def fields(said: Any, where: str) -> list[Field]:
    """Return fields.

    Args:
        said: A list of names or of ``{field, label, type, required, options}``; or names -> types or such.
        where: The agent.

    Raises:
        AgentError: They are malformed (KN802).
    """
    if isinstance(said, Mapping):
        said = [
            {"field": name, **({"type": each} if isinstance(each, str) else each or {})}
            for name, each in said.items()
        ]
        said = [{"editable": True, **each} if each.get("type") not in SHOWN else each for each in said]
    found = [
        _field({"field": each, "editable": True} if isinstance(each, str) else each, where)
        for each in said or []
    ]
    names = [each.field for each in found]
    for name in names:
        if names.count(name) > 1:
            raise declared_wrongly(f"the field `{name}` is there twice", "take one of them out", where=where)
    return found


def _field(said: Any, where: str) -> Field:
    try:
        found = Field.model_validate(said)
    except pydantic.ValidationError as error:
        message, remedy = problems(error, Field)
        raise declared_wrongly(f"a field of the form: {message}", remedy, where=where) from None
    if found.type not in TYPES and found.type not in SHOWN:
        remedy = meant(found.type, [*TYPES, *SHOWN])
        raise declared_wrongly(f"there is no type `{found.type}` of fields", remedy, where=where)
    if TYPES.get(found.type) in {Literal, list} and not found.options:
        raise declared_wrongly(
            f"`{found.field}` has nothing to choose from", "write options: […]", where=where
        )
    return found
