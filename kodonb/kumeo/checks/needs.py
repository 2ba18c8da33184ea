"""E130, E131, W131, E132, W132: types of agents, and the arguments that they cannot do without."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries, is_missing, word


def needs(scene: Scene) -> Iterator[Finding]:
    """Yield agents of unknown types, and arguments that are missing."""
    for agent in scene.draft.everyone:
        if agent.known is None:
            if not _is_brought(agent, scene):
                yield _unknown(agent)
        elif not scene.is_broken(agent.node):
            yield from _missing(agent)


def _is_brought(agent: AgentDraft, scene: Scene) -> bool:
    """Whether the text itself says under `models` which file the type is."""
    said = scene.scope.entries["models"].get(agent.type)
    return (word(entries(said).get("file", said)) or "").endswith((".py", ".wasm"))


def _unknown(agent: AgentDraft) -> Finding:
    if not agent.block:
        message = f"`{agent.type}` is no type of agents that is known, so it is a custom one"
        otherwise = f'register it under "{agent.type}"'
        return finding("W131", agent.type_at, message, meant(agent.type, types.names(), otherwise))
    if not agent.type:
        return finding("E131", agent.type_at, "this agent has no type", 'write e.g. type = "llm"')
    message = f"`{agent.type}` is no type of agents"
    return finding("E131", agent.type_at, message, meant(agent.type, types.names()))


def _missing(agent: AgentDraft) -> Iterator[Finding]:
    for group in agent.model.needs:
        if all(is_missing(agent.arguments.get(name)) for name in group):
            yield _prompt(agent) if group == ("prompt",) else _one_of(agent, group)


def _prompt(agent: AgentDraft) -> Finding:
    code = "W132" if agent.block else "E132"
    return finding(
        code, agent.type_at, f"the {agent.type} has no prompt", 'write e.g. prompt: "Summarize: {{text}}"'
    )


def _one_of(agent: AgentDraft, group: tuple[str, ...]) -> Finding:
    words = " or ".join(filter(None, [", ".join(f"`{name}`" for name in group[:-1]), f"`{group[-1]}`"]))
    message = f"the {agent.type} needs {words}"
    given = next((meant(name, group, " ") for name in agent.arguments if meant(name, group, " ") != " "), "")
    return finding("E130", agent.type_at, message, given or f"write {group[0]}: …")
