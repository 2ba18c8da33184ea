"""W120, E121, E122: ids of agents; preprocessors share them with the other agents."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.syntax.tree import Call, Lost, Node


def ids(scene: Scene) -> Iterator[Finding]:
    """Yield ids that are missing, empty or taken."""
    taken: set[str] = set()
    for agent in scene.draft.everyone:
        if agent.id_at is None:
            if not scene.is_broken(agent.node):
                message = f"this agent has no id, so it is called `{agent.id}`"
                yield finding("W120", agent.type_at, message, f'write e.g. id: "{agent.id}"')
        elif not agent.id.strip():
            if not isinstance(agent.id_at, Lost):
                message = "the id of an agent is a text that is not blank"
                yield finding("E122", agent.id_at, message, 'write e.g. id: "writer"')
        elif agent.id in taken:
            yield finding("E121", _at(agent), f"another agent has the id `{agent.id}`", "choose another one")
        taken.add(agent.id)


def _at(agent: AgentDraft) -> Node:
    return agent.id_at or (agent.node.name if isinstance(agent.node, Call) else agent.node)
