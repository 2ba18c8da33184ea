"""Values as a text has them: JSON, and beside it references, calls and objects that keep their order."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kodonb.kumeo.references.meaning import Meaning


class Reference(msgspec.Struct, frozen=True, tag_field="form", tag="reference"):
    """A reference.

    Attributes:
        path: What it says, with dots.
        meaning: What it means; `None` if nothing that the text defines.
        optional: Whether it may be missing.
    """

    path: str
    meaning: Meaning | None = None
    optional: bool = False


class Made(msgspec.Struct, frozen=True, tag_field="form", tag="call"):
    """A type with arguments, where a value stands."""

    type: str
    places: list[Value] = []
    names: dict[str, Value] = {}


class Items(msgspec.Struct, frozen=True, tag_field="form", tag="list"):
    """Values in their order."""

    items: list[Value] = []


class Table(msgspec.Struct, frozen=True, tag_field="form", tag="object"):
    """Keys with values, in their order."""

    items: dict[str, Value] = {}


Value = None | bool | int | float | str | Reference | Made | Items | Table


def plain(value: Value) -> object:
    """Return a value as JSON has it; references and calls as their text."""
    if isinstance(value, Items):
        return [plain(each) for each in value.items]
    if isinstance(value, Table):
        return {name: plain(each) for name, each in value.items.items()}
    if isinstance(value, Reference):
        return value.path
    return value.type if isinstance(value, Made) else value


def words(value: Value) -> Iterator[str]:
    """Yield the texts in a value, and the paths of references, of lists too."""
    if isinstance(value, str) and value.strip():
        yield value
    elif isinstance(value, Reference):
        yield value.path
    elif isinstance(value, Items):
        for each in value.items:
            yield from words(each)
