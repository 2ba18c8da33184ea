"""From a tree to its drafts."""

from __future__ import annotations

from kodonb.kumeo.catalogue.sections import SECTIONS
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.outline.drafts import Book, Draft
from kodonb.kumeo.outline.parts import join
from kodonb.kumeo.outline.sections import fill
from kodonb.kumeo.syntax.tree import Block, Definition, Tree


def read(tree: Tree) -> tuple[Book, list[Finding]]:
    """Return the drafts of all definitions, and what has not the shape that it should have."""
    book = Book(tree)
    wrong = [Finding("E001", one.start, one.end, one.message, one.remedy) for one in tree.wrong]
    for node in tree.definitions:
        kind = node.kind.text
        if kind not in SECTIONS:
            message = f"a text defines workflows, not `{kind}`"
            wrong.append(finding("E002", node.kind, message, meant(kind, SECTIONS)))
            continue
        draft = Draft(node, kind, node.name.text if node.name else "", _is_block(node), tree.lacks(node))
        fill(draft, wrong)
        book.drafts.append(draft)
    join(book)
    return book, wrong


def _is_block(node: Definition) -> bool:
    """Whether a definition is in block form: its source, target or agents are blocks."""
    return any(isinstance(item, Block) for item in node.items)
