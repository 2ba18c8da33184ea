"""Where routers may send what they are given, as far as their declaration tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.catalogue.roles import Role, roles
from kodonb.kumeo.program.records import Agent
from kodonb.kumeo.program.values import Items, Reference, Table, Value, words

_LEADS: Final = frozenset({"target", "to", "then", "route", "output", "destination", "default"})


def subjects(agent: Agent) -> list[str]:
    """Return the subjects that a router names; nothing for other agents."""
    known = types.find(agent.type)
    if known is None or known.arguments is None:
        return []
    names = [name for name, role in roles(known.arguments).items() if role is Role.ROUTES]
    if not names:
        return []
    config = agent.arguments.get("config")
    inner = config.items if isinstance(config, Table) else {}
    found = [_of_rules(given[name]) for given in (agent.arguments, inner) for name in names if name in given]
    defaults = [words(given.get("default")) for given in (agent.arguments, inner)]
    return list(dict.fromkeys(word.removeprefix("target.") for each in (*found, *defaults) for word in each))


def _of_rules(value: Value) -> Iterator[str]:
    if isinstance(value, Table):
        for each in value.items.values():
            yield from (
                words(each) if not isinstance(each, Table | Items) or _is_words(each) else _of_rules(each)
            )
    elif isinstance(value, Items):
        for each in value.items:
            if isinstance(each, Table):
                yield from (word for name in _LEADS for word in words(each.items.get(name)))


def _is_words(value: Value) -> bool:
    return isinstance(value, Items) and all(isinstance(each, str | Reference) for each in value.items)
