"""What stands at a place, explained."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.catalogue.endpoints import CONTEXTS, ENDPOINTS
from kodonb.kumeo.editing import knowledge
from kodonb.kumeo.editing.place import Place, place
from kodonb.kumeo.outline.reading import read
from kodonb.kumeo.references.meaning import Meaning
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source

_WORD: Final = re.compile(r"[A-Za-z_][\w./-]*", re.ASCII)


class Hover(msgspec.Struct, frozen=True):
    """An explanation in Markdown, and the part of the text that it is of."""

    markdown: str
    start: int
    end: int


def hover(text: str, offset: int) -> Hover | None:
    """Return what stands at a place; nothing if there is nothing to say.

    Args:
        text: The text, which need not be whole.
        offset: Number of a character.
    """
    found = _word_at(text, offset)
    if found is None:
        return None
    at = place(text, found.end())
    said = next(iter(_explained(text, at, found[0])), "")
    return Hover(said, found.start(), found.end()) if said else None


def _word_at(text: str, offset: int) -> re.Match[str] | None:
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    line = _WORD.finditer(text, start, end if end >= 0 else len(text))
    return next((found for found in line if found.start() <= offset < found.end()), None)


def _explained(text: str, at: Place, word: str) -> Iterator[str]:
    if not at.quoted and not at.inner.key and at.inner.kind != "array":
        yield from (
            f"**{fact.text.strip()}**: {fact.about}"
            for fact in knowledge.keys(at)
            if fact.text.strip() == word
        )
    yield from _typed(at, word)
    meaning = _meaning(text, at, word)
    if meaning is not None:
        yield _told(word, meaning)


def _typed(at: Place, word: str) -> Iterator[str]:
    facts = {fact.text for fact in knowledge.kinds(at)}
    if word not in facts:
        return
    known = types.find(word)
    if word in ENDPOINTS and at.frames[1].key in {"source", "target"}:
        yield f"**{word}**: {ENDPOINTS[word].summary}; its first argument is the {ENDPOINTS[word].address}"
    elif word in CONTEXTS and at.frames[1].key == "context":
        yield f"**{word}**({', '.join(CONTEXTS[word][1])}): {CONTEXTS[word][0]}"
    elif known is not None:
        yield _agent(word)


def _agent(name: str) -> str:
    known = types.find(name)
    lines = [f"**{name}**: {knowledge.about_type(name)}"]
    if known is not None and known.arguments is not None:
        groups = (" or ".join(f"`{each}`" for each in group) for group in known.arguments.needs)
        lines += [f"Needs {group}." for group in groups]
        fields = known.arguments.model_fields.items()
        lines.append(
            "\n".join(f"- `{field.alias or key}`: {field.description or ''}" for key, field in fields)
        )
    return "\n\n".join(lines)


def _meaning(text: str, at: Place, word: str) -> Meaning | None:
    book, _ = read(parse(Source(text)))
    draft = next((each for each in book.drafts if each.node.start <= at.start <= each.node.end), None)
    return (
        Scope(draft).find(word) if draft is not None and (at.inner.key or at.inner.kind == "array") else None
    )


def _told(word: str, meaning: Meaning) -> str:
    of = f", its part `{meaning.path}`" if meaning.path else ""
    agents = ", ".join(f"`{each}`" for each in meaning.agents)
    told = {
        "agent": f"the output of the agent {agents}{of}",
        "stream": f"the stream `{meaning.name}`{of}" + (f", published by {agents}" if agents else ""),
        "preprocessors": f"the joint output of the preprocessors {agents}",
        "source": "the message of the source" + (f", its part `{meaning.name}`" if meaning.name else ""),
        "target": f"the target `{meaning.name}`" if meaning.name else "the target",
        "input": f"the input `{meaning.name}` of the subworkflow",
        "output": f"the output `{meaning.name}` of the subworkflow",
        "context": f"shared knowledge: `{meaning.name}`",
        "section": f"`{meaning.path}` of the section `{meaning.name}`",
        "use": f"the subworkflow in use as `{meaning.name}`{of}",
    }
    return f"`{word}`: {told[meaning.kind]}"
