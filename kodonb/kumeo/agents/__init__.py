"""Agents: what turns events into results, each kind in one file behind one protocol.

errors, protocol ← parameters, sections, saying, packages, quiet, entities ← contexts ← scope ← compiled ← the agents ←
registry ← opening

Whoever runs agents calls `opened` and `opened_context`, and gives them a `Site`; `MemorySite` is one for tests. Agents
of one's own are made by `agent`.
"""

from __future__ import annotations

from kodonb.kumeo.agents.custom import agent, webassembly
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.opening import opened, opened_context, validated
from kodonb.kumeo.agents.parameters import Parameters
from kodonb.kumeo.agents.protocol import (
    Agent,
    Answer,
    Batching,
    Context,
    Dropped,
    Message,
    Routed,
    Several,
    Site,
    Timed,
)
from kodonb.kumeo.agents.twin import MemorySite

__all__ = [
    "Agent",
    "AgentError",
    "Answer",
    "Batching",
    "Context",
    "Dropped",
    "MemorySite",
    "Message",
    "Parameters",
    "Routed",
    "Several",
    "Site",
    "Timed",
    "agent",
    "opened",
    "opened_context",
    "validated",
    "webassembly",
]
