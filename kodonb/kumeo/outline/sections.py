"""Goes through the items of a definition, and puts each where it belongs."""

from __future__ import annotations

from typing import Final

from kodonb.kumeo.catalogue.sections import BLOCKS, INTEGRATION, OBJECTS, SECTIONS, SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline import agents, endpoints
from kodonb.kumeo.outline.drafts import Draft
from kodonb.kumeo.outline.values import word
from kodonb.kumeo.syntax.tree import Array, Block, Item, Lost, Object, Section, Text, Use, Value

_BLOCKS: Final = {
    WORKFLOW: frozenset(BLOCKS),
    SUBWORKFLOW: frozenset({"agent"}),
    INTEGRATION: frozenset[str](),
}


def fill(draft: Draft, wrong: list[Finding]) -> None:
    """Put the items of a definition into its draft; `wrong` takes what has no place there."""
    for item in draft.node.items:
        _take(draft, item, wrong)
    if draft.kind == SUBWORKFLOW:
        draft.inputs = _texts(draft.sections.get("input"), wrong)
        draft.outputs = _texts(draft.sections.get("output"), wrong)
    _promote(draft, wrong)
    agents.generate(draft.everyone)


def _promote(draft: Draft, wrong: list[Finding]) -> None:
    """Let agents run first that `preprocessors` names: those may be written as blocks."""
    section = draft.sections.get("preprocessors")
    items = section.value.items if section is not None and isinstance(section.value, Array) else ()
    for each in items:
        name = word(each)
        agent = next((agent for agent in draft.agents if name and agent.id == name), None)
        if agent is not None:
            draft.agents.remove(agent)
            draft.preprocessors.append(agent)
            agent.first = True
        elif name and not draft.broken:
            wrong.append(agents.no_agent(each))


def _take(draft: Draft, item: Item, wrong: list[Finding]) -> None:
    if isinstance(item, Section):
        _section(draft, item, wrong)
    elif isinstance(item, Block):
        _block(draft, item, wrong)
    elif item.fits:
        _use(draft, item, wrong)


def _section(draft: Draft, section: Section, wrong: list[Finding]) -> None:
    name, known = section.name.text, SECTIONS[draft.kind]
    if name not in known:
        message = f"a {draft.kind} has no section `{name}`"
        wrong.append(finding("E003", section.name, message, meant(name, known)))
    elif name in draft.sections:
        message = f"the section `{name}` is repeated"
        wrong.append(finding("E004", section.name, message, "put both into one"))
    else:
        draft.sections[name] = section
        if name in OBJECTS and not draft.broken and not isinstance(section.value, Object | Lost):
            message = f"expected `{name}: {{ … }}`, names with values"
            wrong.append(finding("E001", section.value, message, f"write e.g. {name}: {{{OBJECTS[name]}}}"))
        _sort(draft, section, wrong)


def _sort(draft: Draft, section: Section, wrong: list[Finding]) -> None:
    match section.name.text:
        case "source":
            draft.sources += endpoints.endpoints(section.value, "source", wrong)
        case "target":
            draft.targets += endpoints.endpoints(section.value, "target", wrong)
        case "context":
            draft.contexts += endpoints.contexts(section.value, wrong)
        case "preprocessors":
            draft.preprocessors += agents.agents(section, wrong)
        case "agents":
            draft.agents += agents.agents(section, wrong)


def _block(draft: Draft, block: Block, wrong: list[Finding]) -> None:
    kind = block.kind.text
    if kind not in _BLOCKS[draft.kind]:
        # A definition within a broken one is the next one: a brace is missing before it, which has been told.
        if not (draft.broken and kind in SECTIONS):
            wrong.append(_unknown_block(draft, block))
    elif kind == "agent":
        draft.agents.append(agents.block_agent(block))
    else:
        found = endpoints.block_endpoint(block, wrong)
        if found is not None:
            (draft.sources if kind == "source" else draft.targets).append(found)


def _unknown_block(draft: Draft, block: Block) -> Finding:
    kind = block.kind.text
    if kind in SECTIONS[draft.kind]:
        return finding("E003", block.kind, f"`{kind}` is no block", f"write {kind}: …")
    known = {*SECTIONS[draft.kind], *_BLOCKS[draft.kind]}
    return finding("E003", block.kind, f"a {draft.kind} has no part `{kind}`", meant(kind, known))


def _use(draft: Draft, use: Use, wrong: list[Finding]) -> None:
    if draft.kind == INTEGRATION:
        wrong.append(finding("E003", use, "an integration says `use: NAME`", f"write use: {use.what.text}"))
    else:
        draft.uses.append(use)


def _texts(section: Section | None, wrong: list[Finding]) -> list[Text]:
    """Return the names of a list of texts."""
    if section is None or isinstance(section.value, Lost):
        return []
    if not isinstance(section.value, Array):
        wrong.append(_no_names(section, section.value))
        return []
    found = [each for each in section.value.items if isinstance(each, Text) and each.value.strip()]
    others = [each for each in section.value.items if each not in found and not isinstance(each, Lost)]
    if others:
        wrong.append(_no_names(section, others[0]))
    return found


def _no_names(section: Section, value: Value) -> Finding:
    message = f"`{section.name.text}` is a list of names in quotes"
    return finding("E007", value, message, f'write e.g. {section.name.text}: ["order"]')
