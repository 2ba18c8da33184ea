"""Who waits for whom through subworkflows: what an integration gives them may come of what they give themselves.

The agents of a subworkflow stand here behind its name, as in ``scoring.rate``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from kodonb.kumeo.catalogue.roles import Role
from kodonb.kumeo.catalogue.sections import INTEGRATION
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.outline.drafts import Draft
from kodonb.kumeo.outline.values import entries, word
from kodonb.kumeo.references.gathering import Reference
from kodonb.kumeo.references.meaning import Meaning
from kodonb.kumeo.references.quoted import paths
from kodonb.kumeo.references.scope import Scope, published
from kodonb.kumeo.syntax.tree import Ref, Text, Value, walk

Needs = dict[str, dict[str, Ref | Text]]


class _Part:
    """A subworkflow that an integration binds into a workflow.

    Args:
        name: What it is called there.
        scene: The subworkflow.
        mapping: What its inputs and outputs are there.
    """

    def __init__(self, name: str, scene: Scene, mapping: Mapping[str, Value]) -> None:
        self.name = name
        self.scene = scene
        self.inputs = entries(mapping.get("input"))
        outputs = entries(mapping.get("output"))
        self.fed = {said: name for name, value in outputs.items() if (said := word(value))}

    def givers(self, output: str = "") -> Iterator[str]:
        """Yield the agents that give an output, or all outputs, as planning finds them."""
        known = [text.value for text in self.scene.draft.outputs]
        head = next((name for name in known if output == name or output.startswith(f"{name}.")), "")
        for name in [head] if head else known:
            giver = self._giver(name)
            if giver:
                yield f"{self.name}.{giver}"

    def _giver(self, output: str) -> str:
        agents = self.scene.draft.agents
        for agent in agents:
            if f"output.{output}" in _said(agent.arguments.get("output")):
                return agent.id
        for agent in agents:
            if output in {agent.id, *published(agent)}:
                return agent.id
        needed = {other for found in self.scene.needed.values() for other in found}
        ends = [agent.id for agent in agents if agent.id not in needed]
        return ends[-1] if ends else ""

    def taken(self, found: list[Reference]) -> Iterator[Value]:
        """Yield what is mapped to the inputs that an agent takes; one without input takes them all."""
        given = [each for each in found if each.role is Role.INPUT]
        if not given:
            yield from self.inputs.values()
        for each in found:
            if each.meaning is not None and each.meaning.kind == "input" and each.is_waited_for:
                name = each.meaning.name
                yield from (
                    value
                    for known, value in self.inputs.items()
                    if not name or name == known or name.startswith(f"{known}.")
                )


def needs(scene: Scene) -> Needs:
    """Return the agents that each agent of a workflow waits for, with the places that say so.

    Those of subworkflows that integrations bind into it are among them.

    Args:
        scene: The workflow.
    """
    found: Needs = {agent: dict(others) for agent, others in scene.needed.items()}
    parts = {part.name: part for part in _parts(scene)}
    if not parts:
        return found
    for agent, references in scene.references:
        for each in references:
            if each.is_waited_for:
                _wait(found[agent.id], _behind(each.meaning, parts), each.node)
    for part in parts.values():
        for agent, references in part.scene.references:
            inner = part.scene.needed[agent.id]
            own = found[f"{part.name}.{agent.id}"] = {f"{part.name}.{id_}": at for id_, at in inner.items()}
            for value in part.taken(references) if agent.id not in part.scene.scope.routes else ():
                for node in walk(value):
                    for meaning in _meanings(node, scene.scope):
                        assert isinstance(node, Ref | Text)
                        _wait(own, _behind(meaning, parts, *meaning.agents), node)
    return found


def _parts(scene: Scene) -> Iterator[_Part]:
    taken: defaultdict[str, int] = defaultdict(int)
    for use in scene.draft.uses:
        taken[use.name.text] += 1
    for draft in scene.book.drafts:
        if draft.kind == INTEGRATION and word(_section(draft, "workflow")) == scene.draft.name:
            used = next(
                (each for each in scene.book.subworkflows if each.name == word(_section(draft, "use"))), None
            )
            if used is not None and not used.broken:
                name = draft.name or used.name
                taken[name] += 1
                name = name if taken[name] == 1 else f"{name}_{taken[name]}"
                yield _Part(name, Scene(used, scene.book), entries(_section(draft, "mapping")))


def _section(draft: Draft, name: str) -> Value | None:
    return draft.sections[name].value if name in draft.sections else None


def _said(value: Value | None) -> set[str]:
    return {word(node) or "" for node in walk(value)} if value is not None else set()


def _meanings(node: Value, scope: Scope) -> Iterator[Meaning]:
    said = word(node)
    found = paths(said) if said is not None and isinstance(node, Text) else None
    for path in [each.text for each in found] if found is not None else [said] if said else []:
        meaning = scope.find(path)
        if meaning is not None:
            yield meaning


def _behind(meaning: Meaning | None, parts: Mapping[str, _Part], *others: str) -> Iterator[str]:
    """Yield the agents whose results something is, beside `others`: those that give what a part gives."""
    yield from others
    if meaning is not None and meaning.kind == "use" and meaning.name in parts:
        yield from parts[meaning.name].givers(meaning.path.removeprefix("output").removeprefix("."))
    elif meaning is not None and meaning.kind == "stream":
        for part in parts.values():
            if meaning.name in part.fed:
                yield from part.givers(part.fed[meaning.name])


def _wait(own: dict[str, Ref | Text], others: Iterator[str], at: Ref | Text) -> None:
    for other in others:
        own.setdefault(other, at)
