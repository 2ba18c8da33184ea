"""Where the values of an agent come from and go to."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.outline.values import listed
from kodonb.kumeo.program.making import made
from kodonb.kumeo.program.records import Link, Outlet
from kodonb.kumeo.program.values import Reference
from kodonb.kumeo.references.quoted import is_sql, literal, paths
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Array, Object, Ref, Text, Value


def links(value: Value | None, scope: Scope) -> Iterator[Link]:
    """Yield where an input comes from: a reference, each of a list, or each of an object by its name."""
    if isinstance(value, Object):
        for pair in value.pairs:
            yield link(pair.value, scope, pair.name)
    elif value is not None:
        for each in listed(value):
            yield link(each, scope)


def link(value: Value, scope: Scope, name: str = "") -> Link:
    """Return where one value comes from."""
    if isinstance(value, Ref):
        return Link(name=name, choices=(Reference(value.text, scope.find(value.text)),))
    if not isinstance(value, Text):
        return Link(name=name, default=made(value, scope))
    if is_sql(value.value):
        return Link(name=name, query=value.value)
    found = paths(value.value)
    if found is None:
        return Link(name=name, default=value.value)
    choices = tuple(Reference(path.text, scope.find(path.text), path.optional) for path in found)
    return Link(name=name, choices=choices, default=literal(value.value))


def outlets(value: Value | None, scope: Scope) -> Iterator[Outlet]:
    """Yield where an output goes; a stream that is called as a target is goes there too."""
    if isinstance(value, Array):
        for each in value.items:
            yield from outlets(each, scope)
    elif isinstance(value, Object):
        for pair in value.pairs:
            yield from outlets(pair.value, scope)
    elif isinstance(value, Text | Ref):
        found = outlet(value)
        yield found
        if found.kind == "stream" and found.name in scope.ends:
            yield Outlet(kind="target", name=found.name)


def outlet(value: Text | Ref) -> Outlet:
    """Return where one value goes."""
    path = value.text if isinstance(value, Ref) else value.value
    head, _, rest = path.partition(".")
    if head == "target":
        return Outlet(kind="target", name=rest)
    return Outlet(kind="output", name=rest) if head == "output" else Outlet(kind="stream", name=path)
