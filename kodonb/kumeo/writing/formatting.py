"""Formats a text."""

from __future__ import annotations

from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.outline.reading import read
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source
from kodonb.kumeo.syntax.tree import Tree
from kodonb.kumeo.writing.definitions import Definitions
from kodonb.kumeo.writing.layout import written
from kodonb.kumeo.writing.lines import Lines


class Unformattable(ValueError):
    """A text has errors of syntax, so nobody knows what it means.

    Args:
        tree: The tree, which names them.
    """

    def __init__(self, tree: Tree) -> None:
        super().__init__(tree.wrong[0].message)
        self.tree = tree


def formatted(text: str, name: str = "<text>") -> str:
    """Return a text in the one form that there is; what it says stays the same.

    Block form becomes colon form, unless that would make an error of a warning.

    Args:
        text: The text.
        name: Name of its file.

    Raises:
        Unformattable: It has errors of syntax.
    """
    tree = parse(Source(text, name))
    if tree.wrong:
        raise Unformattable(tree)
    book, _ = read(tree)
    scenes = {id(draft.node): Scene(draft, book) for draft in book.drafts}
    lines = Lines(tree)
    arounds, tail = lines.comments.among(0, len(tree.source.text), tree.definitions)
    definitions = Definitions(lines)
    found = [
        definitions.definition(node, scenes.get(id(node)), around)
        for node, around in zip(tree.definitions, arounds, strict=True)
    ]
    return written(found, tail)
