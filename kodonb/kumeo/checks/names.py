"""E101, E103: names of definitions. Workflows and subworkflows share one namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.catalogue.sections import INTEGRATION
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import Book


def names(book: Book) -> Iterator[Finding]:
    """Yield definitions without a name, or with one that is taken."""
    taken: set[str] = set()
    for draft in book.drafts:
        if draft.kind == INTEGRATION:
            continue
        if not draft.name:
            if not draft.broken:
                message, remedy = f"the {draft.kind} has no name", f"write e.g. {draft.kind} Orders {{ … }}"
                yield finding("E101", draft.node.kind, message, remedy)
        elif draft.name in taken:
            yield finding("E103", draft.head, f"the name `{draft.name}` is taken", "choose another one")
        taken.add(draft.name)
