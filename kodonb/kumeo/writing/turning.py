"""Turns blocks into colon form, where that changes nothing but the form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.kumeo.checks.ends import ends
from kodonb.kumeo.checks.needs import needs
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.checks.subworkflows import subworkflows
from kodonb.kumeo.outline.drafts import AgentDraft, Draft, EndpointDraft
from kodonb.kumeo.syntax.tree import Block, Text, Value

_MILDER: Final = frozenset({"W111", "W132", "W140", "E131"})
"""What colon form would call an error, or block form calls one."""


def can_turn(scene: Scene) -> bool:
    """Whether a definition says the same in colon form."""
    found = (each.code for check in (ends, needs, subworkflows) for each in check(scene))
    blocks = [item for item in scene.draft.node.items if isinstance(item, Block)]
    return _MILDER.isdisjoint(found) and all(_fits(block) for block in blocks) and _typed(scene.draft)


def _fits(block: Block) -> bool:
    """Whether the pairs of a block can be arguments: their keys are names, each given once."""
    names = [pair.name for pair in block.pairs]
    is_end = block.kind.text != "agent"
    return all(map(_is_name, names)) and len(set(names)) == len(names) and not (is_end and "name" in names)


def _typed(draft: Draft) -> bool:
    """Whether all types can be names of calls."""
    blocks = sum(isinstance(item, Block) for item in draft.node.items)
    drafts: list[AgentDraft | EndpointDraft] = [*draft.everyone, *draft.sources, *draft.targets]
    found = [each for each in drafts if isinstance(each.node, Block)]
    return len(found) == blocks and all(_is_name(each.type) for each in found)


def _is_name(text: str) -> bool:
    return text.isascii() and text.isidentifier()


def arguments(draft: AgentDraft | EndpointDraft) -> Iterator[tuple[str, Value, str]]:
    """Yield what a block says as arguments: name, or nothing by its place; value; and what is written instead of it."""
    assert isinstance(draft.node, Block)
    values = {pair.name: pair.value for pair in draft.node.pairs if pair.name != "type"}
    if isinstance(draft, AgentDraft):
        if "id" not in values:
            yield "id", _none(draft.node), f'"{draft.id}"'
        yield from ((name, value, "") for name, value in values.items())
        return
    if draft.address is not None:
        yield "", draft.address, ""
    yield from ((name, value, "") for name, value in values.items() if value is not draft.address)
    yield "name", _none(draft.node), f'"{draft.name}"'


def _none(block: Block) -> Text:
    return Text(block.name.start, block.name.start, "")
