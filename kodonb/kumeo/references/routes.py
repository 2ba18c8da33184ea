"""Where a router sends what it is given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue.roles import Role, roles
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries, listed
from kodonb.kumeo.syntax.tree import Array, Object, Ref, Text, Value

LEADS: Final = ("target", "to", "then", "route", "output", "destination", "default")
"""Keys of a rule in a list under which it says where to."""


def routes(agent: AgentDraft) -> Iterator[tuple[str, Ref | Text]]:
    """Yield the subjects that a router names, without ``target.``, each with its place; nothing for other agents."""
    names = [name for name, role in roles(agent.model).items() if role is Role.ROUTES]
    if not names:
        return
    config = entries(agent.arguments.get("config"))
    rules = [given.get(name) for given in (agent.arguments, config) for name in names]
    for value in rules:
        yield from ((subject(each), each) for each in leads(value))
    for value in (agent.arguments.get("default"), config.get("default")):
        yield from ((subject(each), each) for each in ways(value))


def subject(node: Ref | Text) -> str:
    """Return the subject that a way leads to."""
    return (node.text if isinstance(node, Ref) else node.value).removeprefix("target.")


def leads(value: Value | None) -> Iterator[Ref | Text]:
    """Yield the ways of rules: of an object with conditions, or of a list of rules; rules in a file are not known."""
    if isinstance(value, Object):
        for pair in value.pairs:
            yield from ways(pair.value)
    elif isinstance(value, Array):
        for rule in value.items:
            inside = entries(rule)
            for name in LEADS:
                yield from ways(inside.get(name))


def ways(value: Value | None) -> Iterator[Ref | Text]:
    """Yield a way, or each of a list."""
    yield from (each for each in listed(value) if isinstance(each, Ref | Text)) if value is not None else ()
