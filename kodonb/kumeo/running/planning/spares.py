"""Agents that only stand in for others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kodonb.kumeo.program.records import Agent
from kodonb.kumeo.program.values import Table, words


def spares(agents: Iterable[Agent]) -> list[Agent]:
    """Return agents that are named as fallback, have no input, and whose results nobody takes."""
    everyone = list(agents)
    named = {name for agent in everyone for name in _fallbacks(agent)}
    read = {
        each.meaning.name
        for agent in everyone
        for link in agent.inputs
        for each in link.choices
        if each.meaning
    }
    return [
        agent
        for agent in everyone
        if agent.id in named and not agent.inputs and not agent.outputs and agent.id not in read
    ]


def _fallbacks(agent: Agent) -> Iterator[str]:
    failure = agent.arguments.get("on_failure")
    inner = failure.items.get("fallback") if isinstance(failure, Table) else None
    for value in (agent.arguments.get("fallback"), inner):
        yield from (word.removesuffix(".output") for word in words(value))
