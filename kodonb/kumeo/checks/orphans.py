"""W170, E171: agents that nothing leads to, and agents that wait for each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kodonb.kumeo.checks.mappings import needs
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import AgentDraft, Draft
from kodonb.kumeo.outline.values import entries, is_missing, listed, word
from kodonb.kumeo.syntax.tree import Ref, Text, Value, walk


def orphans(scene: Scene) -> Iterator[Finding]:
    """Yield agents without any connection, among others that are connected."""
    unknown = any(each.meaning is None for _, found in scene.references for each in found)
    if scene.draft.broken or scene.draft.uses or unknown:
        return  # what is not known may be what leads to them
    needed_by_some = {other for found in scene.needed.values() for other in found} | _taken(scene)
    alone = [agent for agent in scene.draft.agents if _is_alone(agent, scene, needed_by_some)]
    if len(alone) < len(scene.draft.agents):
        for agent in alone:
            message = f"the agent `{agent.id}` has no input, and nobody takes its output"
            yield finding("W170", agent.id_at or agent.type_at, message, "write e.g. input: source")


def _taken(scene: Scene) -> set[str]:
    """Return the agents that stand in for others, or that an integration takes something of."""
    found = set()
    for agent in scene.draft.everyone:
        failure = entries(agent.arguments.get("on_failure")).get("fallback")
        for value in (agent.arguments.get("fallback"), failure):
            found |= {word(each) or "" for each in listed(value)} if value is not None else set()
    found |= {
        node.text if isinstance(node, Ref) else node.value
        for value in scene.draft.mapped
        for node in _named(value)
    }
    meanings = (scene.scope.defined(each) for each in found)
    return {agent for meaning in meanings if meaning is not None for agent in meaning.agents}


def _named(value: Value) -> Iterator[Ref | Text]:
    return (node for node in walk(value) if isinstance(node, Ref | Text))


def _is_alone(agent: AgentDraft, scene: Scene, needed_by_some: Iterable[str]) -> bool:
    given = agent.arguments
    return (
        is_missing(given.get("input"))
        and is_missing(given.get("output"))
        and agent.id not in needed_by_some
        and not scene.needed[agent.id]
    )


def cycles(scene: Scene) -> Iterator[Finding]:
    """Yield agents that wait for each other: each ring once."""
    found = needs(scene)
    for ring in _rings({agent: set(others) for agent, others in found.items()}):
        places = [found[one][other] for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
        if _is_inner(places, scene):
            continue  # which is told of the subworkflow
        way = " → ".join([*ring, ring[0]])
        yield finding(
            "E171", places[0], f"agents wait for each other: {way}", "let one of them take another input"
        )
    yield from _early(scene)
    yield from _within_itself(scene)


def _is_inner(places: list[Ref | Text], scene: Scene) -> bool:
    """Whether one subworkflow says all of it."""
    inside = [draft.node for draft in scene.book.subworkflows if draft is not scene.draft]
    return any(all(node.start <= at.start < node.end for at in places) for node in inside)


def _rings(needs: Mapping[str, set[str]]) -> Iterator[list[str]]:
    """Yield one ring of each part of the graph that has some; without recursion, as chains are long."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        place: dict[str, int] = {}
        waiting = [(start, 0)]
        while waiting:
            node, depth = waiting.pop()
            for left in path[depth:]:
                del place[left]
            del path[depth:]
            if node in done:
                continue
            done.add(node)
            place[node] = depth
            path.append(node)
            for other in sorted(needs.get(node, ())):
                if other in place:
                    yield path[place[other] :]
                elif other not in done:
                    waiting.append((other, depth + 1))


def _early(scene: Scene) -> Iterator[Finding]:
    """Yield preprocessors that wait for agents that run after them."""
    later = {agent.id for agent in scene.draft.agents}
    for agent in scene.draft.preprocessors:
        for other, at in scene.needed[agent.id].items():
            if other in later:
                message = f"the preprocessor `{agent.id}` runs before `{other}`, and waits for it"
                yield finding("E171", at, message, "move it to the agents")


def _within_itself(scene: Scene) -> Iterator[Finding]:
    """Yield subworkflows that use themselves, by whatever way."""
    for use in scene.draft.uses:
        seen: set[str] = set()
        waiting = [use.what.text]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += [each.what.text for draft in _called(scene, name) for each in draft.uses]
        if scene.draft.name in seen:
            yield finding("E171", use, f"`{scene.draft.name}` uses itself", "take this out")


def _called(scene: Scene, name: str) -> list[Draft]:
    return [draft for draft in scene.book.subworkflows if draft.name == name]
