"""Places within a text in quotes."""

from __future__ import annotations

from kodonb.kumeo.syntax.tree import Text, Word


def within(node: Text | Word, at: int, length: int = 1) -> tuple[int, int]:
    """Return where in the source a character of a text stands.

    Args:
        node: The text.
        at: Number of the character in what the text says.
        length: How many characters are meant.

    Returns:
        Start and end; the whole text, where escapes make its characters differ from those of the source.
    """
    if isinstance(node, Word):
        return node.start, node.end
    quote = 3 if node.raw else 1
    if node.end - node.start - 2 * quote != len(node.value):
        return node.start, node.end
    start = min(node.start + quote + at, node.end - quote)
    return start, min(start + length, node.end)
