"""E180: what one agent gives does not fit what another one takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.catalogue.roles import Role
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.checks.shapes import Shape, fits, is_open, required, shape
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import entries, listed, word
from kodonb.kumeo.references.gathering import Reference
from kodonb.kumeo.syntax.tree import Object, Ref, Text, Value

_STEPS: Final = frozenset({"steps", "operations"})


def schemas(scene: Scene) -> Iterator[Finding]:
    """Yield fields that are asked for but not given, and fields of another type than the one that is asked for."""
    known = {agent.id: found for agent in scene.draft.everyone if (found := _given(agent)) is not None}
    if not known:
        return
    for agent, references in scene.references:
        for reference in references:
            yield from _missing(reference, known)
        yield from _demanded(agent, references, known)
        wanted = agent.arguments.get("input_schema")
        if wanted is not None:
            by_node = {
                id(reference.node): reference for reference in references if reference.role is Role.INPUT
            }
            yield from _against(agent, wanted, by_node, known)


def _given(agent: AgentDraft) -> Shape | None:
    declared = agent.arguments.get("output_schema")
    return None if is_open(declared) else shape(declared)


def _source(reference: Reference | None, known: dict[str, Shape]) -> tuple[str, Shape] | None:
    """Return the agent that a reference is to, with what it gives, if that is known."""
    meaning = reference.meaning if reference is not None else None
    if meaning is None or len(meaning.agents) != 1 or meaning.agents[0] not in known:
        return None
    return meaning.agents[0], known[meaning.agents[0]]


def _missing(reference: Reference, known: dict[str, Shape]) -> Iterator[Finding]:
    found = _source(reference, known)
    if found is None or reference.meaning is None or reference.meaning.kind != "agent" or reference.optional:
        return
    name, given = found
    field = reference.meaning.path.partition(".")[0]
    if field and field not in given:
        message = f"the output of `{name}` has no field `{field}`"
        yield finding("E180", reference.node, message, meant(field, given))


def _demanded(agent: AgentDraft, references: list[Reference], known: dict[str, Shape]) -> Iterator[Finding]:
    """Yield fields that a DataProcessor demands of the output of another agent, and that it does not have."""
    settings = entries(agent.arguments.get("config")) | agent.arguments
    if agent.type != "DataProcessor" or _STEPS & settings.keys():  # steps may bring fields
        return
    names = [
        word(each) or "" for value in (settings.get("required_fields"),) if value for each in listed(value)
    ]
    demanded = {*names, *required(settings.get("schema"))}
    for reference in references:
        found = _source(reference, known)
        whole = (
            reference.node is agent.arguments.get("input")
            and reference.meaning
            and not reference.meaning.path
        )
        if found is not None and whole:
            yield from _whole(reference.node, found, dict.fromkeys(sorted(demanded), ""), demanded)


def _against(
    agent: AgentDraft, wanted: Value, by_node: dict[int, Reference], known: dict[str, Shape]
) -> Iterator[Finding]:
    """Yield how the inputs of an agent differ from its input_schema."""
    fields, given = shape(wanted), agent.arguments.get("input")
    if fields is None:
        return
    if isinstance(given, Object):
        for name in sorted(required(wanted) - entries(given).keys()):
            message = f"the input has no `{name}`, which is needed here"
            yield finding("E180", given, message, meant(name, entries(given), f"write {name}: …"))
        for pair in given.pairs:
            kind = _kind(by_node.get(id(pair.value)), known)
            if not fits(kind, fields.get(pair.name, "")):
                message = f"`{pair.name}` is of type {kind}, and should be {fields[pair.name]}"
                yield finding("E180", pair.value, message, "take another field, or change one of the schemas")
    elif isinstance(given, Ref | Text):
        reference = by_node.get(id(given))
        found = _source(reference, known)
        if found is not None and reference is not None and reference.meaning and not reference.meaning.path:
            yield from _whole(given, found, fields, required(wanted))


def _kind(reference: Reference | None, known: dict[str, Shape]) -> str:
    found = _source(reference, known)
    if found is None or reference is None or reference.meaning is None:
        return ""
    path = reference.meaning.path
    return found[1].get(path, "") if path else "object"


def _whole(at: Value, found: tuple[str, Shape], fields: Shape, demanded: set[str]) -> Iterator[Finding]:
    name, given = found
    for field, kind in fields.items():
        if field not in given and field in demanded:
            message = f"the output of `{name}` has no field `{field}`, which is needed here"
            yield finding("E180", at, message, meant(field, given))
        elif not fits(given.get(field, ""), kind):
            message = f"`{field}` of `{name}` is of type {given[field]}, and should be {kind}"
            yield finding("E180", at, message, "change one of the schemas")
