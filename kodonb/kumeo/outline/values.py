"""Reading values of the tree."""

from __future__ import annotations

from collections.abc import Iterable

from kodonb.kumeo.syntax.tree import Arg, Array, Constant, Object, Pair, Ref, Text, Value


def word(value: Value | None) -> str | None:
    """Return what a text or a name says."""
    if isinstance(value, Text):
        return value.value
    return value.text if isinstance(value, Ref) else None


def is_missing(value: Value | None) -> bool:
    """Whether a value says nothing: there is none, or it is null, a blank text, or an empty list or object."""
    if isinstance(value, Text):
        return not value.value.strip()
    if isinstance(value, Array | Object):
        return not (value.items if isinstance(value, Array) else value.pairs)
    return value is None or (isinstance(value, Constant) and value.value is None)


def listed(value: Value) -> tuple[Value, ...]:
    """Return the elements of a list; of anything else, just that."""
    return value.items if isinstance(value, Array) else (value,)


def entries(value: Value | None) -> dict[str, Value]:
    """Return what an object holds, the first of each key; nothing for anything else."""
    found: dict[str, Value] = {}
    for pair in value.pairs if isinstance(value, Object) else ():
        found.setdefault(pair.name, pair.value)
    return found


def named(arguments: Iterable[Arg | Pair]) -> dict[str, Value]:
    """Return arguments that have a name, the first of each."""
    found: dict[str, Value] = {}
    for each in arguments:
        name = each.name.text if isinstance(each, Arg) and each.name is not None else each.name
        if isinstance(name, str):
            found.setdefault(name, each.value)
    return found


def positional(arguments: Iterable[Arg]) -> list[Value]:
    """Return arguments without a name."""
    return [each.value for each in arguments if each.name is None]
