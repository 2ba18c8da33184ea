"""Agents: of calls in a list, of blocks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import AgentDraft
from kodonb.kumeo.outline.values import named, positional, word
from kodonb.kumeo.syntax.tree import Array, Block, Call, Lost, Section, Text, Value

_EXAMPLE: Final = 'write e.g. LLM(id: "writer", engine: "ollama/llama3", prompt: "…")'
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def agents(section: Section, wrong: list[Finding]) -> Iterator[AgentDraft]:
    """Yield the agents of a section; `wrong` takes what is wrong with it."""
    first = section.name.text == "preprocessors"
    if isinstance(section.value, Array):
        for each in section.value.items:
            if isinstance(each, Call):
                yield _of_call(each, first=first)
            elif not (isinstance(each, Lost) or (first and word(each))):
                wrong.append(no_agent(each))
    elif not isinstance(section.value, Lost):
        message = f"`{section.name.text}` is a list of agents"
        wrong.append(finding("E005", section.value, message, f"write {section.name.text}: [ … ]"))


def no_agent(value: Value) -> Finding:
    """Return that an element is no agent."""
    return finding("E010", value, "this is no agent", _EXAMPLE)


def _of_call(call: Call, *, first: bool) -> AgentDraft:
    draft = AgentDraft(call, call.name.text, call.name, types.find(call.name.text), first=first)
    places = positional(call.args)
    names = types.places(call.name.text)
    draft.arguments = dict(zip(names, places, strict=False))
    draft.rest = places[len(names) :]
    for name, value in named(call.args).items():
        draft.arguments.setdefault(name, value)
    _identify(draft)
    return draft


def block_agent(block: Block) -> AgentDraft:
    """Return the agent that a block is."""
    given = named(block.pairs)
    kind = given.pop("type", None)
    said = word(kind) or ""
    known = types.find_loosely(said) if said else None
    at = block.name if kind is None else kind
    draft = AgentDraft(block, known.name if known else said, at, known, arguments=given)
    _identify(draft)
    if draft.id_at is None:
        draft.id, draft.id_at = block.name.text, block.name
    return draft


def _identify(draft: AgentDraft) -> None:
    value: Value | None = draft.arguments.pop("id", None)
    if value is not None:
        draft.id, draft.id_at = value.value if isinstance(value, Text) else "", value


def generate(drafts: Iterable[AgentDraft]) -> None:
    """Give ids to agents that have none: their type, and a number where that is taken."""
    found = list(drafts)
    taken = {draft.id for draft in found if draft.id_at is not None}
    numbers: dict[str, Iterator[int]] = {}
    for draft in found:
        if draft.id_at is None:
            stem = _HUMP.sub("_", draft.type).lower() or "agent"
            draft.id = stem
            while draft.id in taken:
                draft.id = f"{stem}_{next(numbers.setdefault(stem, count(2)))}"
            taken.add(draft.id)
