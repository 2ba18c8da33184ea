"""What may be typed at a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from kodonb.kumeo.catalogue.roles import Role
from kodonb.kumeo.catalogue.sections import SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.editing import knowledge
from kodonb.kumeo.editing.knowledge import Fact
from kodonb.kumeo.editing.place import Place, place
from kodonb.kumeo.expressions.functions import FUNCTIONS
from kodonb.kumeo.outline.drafts import Book, Draft
from kodonb.kumeo.outline.reading import read
from kodonb.kumeo.references.scope import ENTRIES, Scope
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source

_REFERRING: Final = frozenset({Role.INPUT, Role.OUTPUT, Role.CONTEXT, Role.FALLBACK})


class Item(msgspec.Struct, frozen=True):
    """Something that may be typed.

    Attributes:
        text: What it is.
        kind: ``section``, ``type``, ``argument``, ``value``, ``reference`` or ``word``.
        about: What it is for, in Markdown.
        start: Number of the first character that it replaces.
        end: Number of the character after that.
    """

    text: str
    kind: str
    about: str
    start: int
    end: int


def complete(text: str, offset: int) -> list[Item]:
    """Return what may be typed at a place, the likeliest first.

    Args:
        text: The text, which need not be whole.
        offset: Number of characters before the cursor.
    """
    at = place(text, offset)
    found: dict[str, Fact] = {}
    for fact in _facts(text, at):
        if fact.text.lower().startswith(at.word.lower()):
            found.setdefault(fact.text, fact)
    return [Item(*fact, at.start, at.end) for fact in found.values()]


def _facts(text: str, at: Place) -> Iterator[Fact]:
    inner = at.inner
    if at.quoted:
        yield from _in_quotes(text, at)
        return
    if not inner.key and inner.kind != "array":
        yield from (fact for fact in knowledge.keys(at) if fact.text not in inner.used)
    if inner.key or inner.kind == "array":
        yield from knowledge.kinds(at)
        yield from _names(text, at)
        if knowledge.leads(at):
            yield from _ways(text, at, bare=True)
        if knowledge.role(at) in _REFERRING:
            yield from _references(text, at, bare=True)


def _in_quotes(text: str, at: Place) -> Iterator[Fact]:
    inner = at.inner
    role = knowledge.role(at)
    if inner.kind == "block" and inner.key == "type":
        yield from knowledge.block_types(inner)
    elif role is Role.CONDITION:
        yield from (Fact(f"{name}(", "word", "a function of conditions") for name in FUNCTIONS)
    elif knowledge.leads(at) and role is not Role.OUTPUT:
        yield from _ways(text, at, bare=False)
    elif role is not Role.PROMPT:
        known = list(knowledge.choices(at))
        yield from known
        yield from _ways(text, at, bare=False) if role is Role.OUTPUT else ()
        for fact in [] if known else _references(text, at, bare=False):
            if role in _REFERRING or fact.text.partition(".")[0] in ENTRIES:
                yield fact


def _names(text: str, at: Place) -> Iterator[Fact]:
    """Yield names of definitions, where an integration asks for one."""
    kind = {"workflow": WORKFLOW, "use": SUBWORKFLOW}.get(at.inner.key)
    if at.inner.kind == "definition" and at.inner.name == "integration" and kind is not None:
        yield from (Fact(draft.name, "reference", kind) for draft in _book(text).drafts if draft.kind == kind)


def _references(text: str, at: Place, *, bare: bool) -> Iterator[Fact]:
    draft = _draft(_book(text), at.start)
    if draft is None:
        return
    scope, own = Scope(draft), _own(draft, at.start)
    for known in scope.known:
        meaning = scope.defined(known)
        if meaning is not None and own in meaning.agents:  # an agent cannot wait for itself
            continue
        if not bare or _plain(known):
            yield Fact(known, "reference", "")


def _ways(text: str, at: Place, *, bare: bool) -> Iterator[Fact]:
    """Yield where an agent may send what it has: the targets, and for a router the other agents too."""
    draft = _draft(_book(text), at.start)
    if draft is None:
        return
    for name in dict.fromkeys(name for each in draft.targets for name in (each.subject, each.name) if name):
        if not bare or _plain(name):
            yield Fact(f"target.{name}", "reference", "a target")
    if knowledge.role(at) is not Role.OUTPUT and not bare:
        own = _own(draft, at.start)
        yield from (
            Fact(one.id, "reference", f"the agent `{one.id}`") for one in draft.everyone if one.id != own
        )


def _plain(path: str) -> bool:
    """Whether a path may stand without quotes."""
    return path.replace(".", "").replace("/", "").isidentifier()


def _own(draft: Draft, offset: int) -> str | None:
    """Return the id of the agent that a place is in."""
    return next((one.id for one in draft.everyone if one.node.start <= offset <= one.node.end), None)


def _book(text: str) -> Book:
    return read(parse(Source(text)))[0]


def _draft(book: Book, offset: int) -> Draft | None:
    return next((draft for draft in book.drafts if draft.node.start <= offset <= draft.node.end), None)
