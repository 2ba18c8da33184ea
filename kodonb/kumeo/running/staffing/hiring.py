"""Agents of a plan: made of their declarations, and opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.opening import opened
from kodonb.kumeo.agents.protocol import Agent, Site
from kodonb.kumeo.catalogue import types
from kodonb.kumeo.program import records
from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running.engine.policy import ENGINE, LENT

Kinds = Mapping[str, Any]
"""Types of agents that are known beside those of the registry, by name."""


async def hired(agent: records.Agent, site: Site, kinds: Kinds, **changes: Any) -> Agent:
    """Return an agent that is ready.

    Args:
        agent: Its declaration.
        site: What it is given.
        kinds: Types that are known beside those of the registry.
        changes: Arguments that differ from the declared ones.

    Raises:
        AgentError: There is no such type, or its arguments do not fit it (KN802); what it needs is missing.
    """
    if agent.rest:
        known_places = len(types.places(agent.type))
        message = f"{agent.type} takes {known_places} arguments without a name, not {known_places + len(agent.rest)}"
        raise declared_wrongly(message, "give each of them its name", where=f"agent {agent.id}")
    given = {**arguments(agent), **changes}
    made = kinds.get(agent.type) or registry.find(agent.type)
    known = set(made.parameters.model_fields) if made is not None else set(given)
    kept = {
        name: value
        for name, value in given.items()
        if name not in ENGINE and (name in known or name not in LENT)
    }
    if agent.type not in kinds:
        return await opened(agent.type, kept, site)
    found: Agent = kinds[agent.type](made.parameters.model_validate(kept))
    await found.open(site)
    return found


def arguments(agent: records.Agent) -> dict[str, Any]:
    """Return what an agent is given by name, as JSON values; settings are not filled in."""
    given: dict[str, Any] = {name: plain(value) for name, value in agent.arguments.items()}
    context = [
        link.query or (link.choices[0].path if link.choices else plain(link.default))
        for link in agent.context
    ]
    if context:
        given["context"] = context[0] if len(context) == 1 else context
    given["input"] = {
        link.name: link.choices[0].path for link in agent.inputs if link.name and link.choices
    } or None
    if agent.timeout is not None:
        given["timeout"] = agent.timeout
    if isinstance(given.get("on_failure"), str):
        given["on_failure"] = {"action": given["on_failure"]}
    return {"id": agent.id, **given}
