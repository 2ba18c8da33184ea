"""Subworkflows that are part of other definitions, by `use` or by an integration."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue.sections import INTEGRATION, SUBWORKFLOW, WORKFLOW
from kodonb.kumeo.outline.drafts import Book, Draft
from kodonb.kumeo.outline.values import entries, word
from kodonb.kumeo.syntax.tree import Value


def join(book: Book) -> None:
    """Tell all definitions what is part of them."""
    for draft in book.drafts:
        for use in draft.uses:
            draft.parts.setdefault(use.name.text, _given(book, use.what.text))
    for draft in book.drafts:
        host = book.find(WORKFLOW, _said(draft, "workflow")) if draft.kind == INTEGRATION else None
        if host is not None:
            _integrate(book, draft, host)


def _integrate(book: Book, draft: Draft, host: Draft) -> None:
    used = _said(draft, "use")
    if used:
        host.parts.setdefault(draft.name or used, _given(book, used))
    halves = entries(_value(draft, "mapping"))
    host.mapped += entries(halves.get("input")).values()
    host.fed += _streams(entries(halves.get("output")))


def _streams(outputs: dict[str, Value]) -> Iterator[str]:
    for value in outputs.values():
        name = word(value) or ""
        if name and name.partition(".")[0] != "target":
            yield name


def _given(book: Book, name: str) -> list[str] | None:
    found = book.find(SUBWORKFLOW, name)
    return None if found is None or found.broken else [text.value for text in found.outputs]


def _value(draft: Draft, section: str) -> Value | None:
    return draft.sections[section].value if section in draft.sections else None


def _said(draft: Draft, section: str) -> str:
    return word(_value(draft, section)) or ""
