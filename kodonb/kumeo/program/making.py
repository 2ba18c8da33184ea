"""Makes values of records of nodes of the tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kodonb.kumeo.outline.values import named, positional
from kodonb.kumeo.program.values import Items, Made, Reference, Table, Value
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax import tree


def made(value: tree.Value | None, scope: Scope) -> Value:
    """Return the value that a node says; references are looked up."""
    match value:
        case tree.Text(value=said) | tree.Number(value=said) | tree.Constant(value=said):
            return said
        case tree.Ref(text=path):
            return Reference(path, scope.find(path))
        case tree.Array(items=items):
            return Items([made(each, scope) for each in items])
        case tree.Object(pairs=pairs):
            return Table({pair.name: made(pair.value, scope) for pair in pairs})
        case tree.Call(name=name, args=args):
            places = [made(each, scope) for each in positional(args)]
            return Made(name.text, places, all_made(named(args), scope))
        case _:
            return None


def all_made(
    values: Mapping[str, tree.Value], scope: Scope, without: Collection[str] = ()
) -> dict[str, Value]:
    """Return values by name, other than some."""
    return {name: made(value, scope) for name, value in values.items() if name not in without}


def said(value: tree.Value | None) -> str:
    """Return what a text says; nothing for anything else."""
    if isinstance(value, tree.Number):
        return str(value.value)
    return value.value if isinstance(value, tree.Text) else ""


def tested(value: tree.Value | None) -> str:
    """Return the condition that a value is: a text, a reference, or a constant that always says the same."""
    if isinstance(value, tree.Ref):
        return value.text
    if isinstance(value, tree.Constant) and value.value is not None:
        return "true" if value.value else "false"
    return said(value)
