"""From nodes of the tree to lines."""

from __future__ import annotations

from collections.abc import Sequence

from kodonb.kumeo.syntax.tree import (
    Arg,
    Array,
    Call,
    Constant,
    Node,
    Number,
    Object,
    Pair,
    Ref,
    Text,
    Tree,
    Value,
    Word,
)
from kodonb.kumeo.writing.comments import Around, Comments
from kodonb.kumeo.writing.pieces import Body, Line


class Lines:
    """Makes lines of parts of a text.

    Args:
        tree: The text.
    """

    def __init__(self, tree: Tree) -> None:
        self._text = tree.source.text
        self.comments = Comments(tree)

    def brace(self, at: int) -> int:
        """Return where the brace is that comes next; what stands before it can only be comments."""
        for comment in self.comments.within(at, len(self._text)):
            found = self._text.find("{", at, comment.start)
            if found >= 0:
                return found
            at = comment.end
        return self._text.index("{", at)

    def value(self, prefix: str, node: Value) -> Line:
        """Return a value after a prefix such as ``id: ``."""
        if isinstance(node, Call):
            return Line(prefix, self._body(f"{node.name.text}(", ")", node, node.args))
        if isinstance(node, Array):
            return Line(prefix, self._body("[", "]", node, node.items))
        if isinstance(node, Object):
            return Line(prefix, self._body("{", "}", node, node.pairs))
        return Line(prefix + self.leaf(node))

    def leaf(self, node: Value | Word) -> str:
        """Return a value that holds no others, as it is written."""
        said = self._text[node.start : node.end]
        match node:
            case Text(raw=True):
                return said.replace("\r\n", "\n")
            case Text():
                return quoted(said)
            case Ref(text=path) | Word(text=path):
                return path
            case Number():
                return said
            case Constant(value=value):
                return {True: "true", False: "false"}.get(value, "null") if value is not None else "null"
            case _:
                return said

    def _body(self, opener: str, closer: str, node: Node, parts: Sequence[Arg | Pair | Value]) -> Body:
        arounds, tail = self.comments.among(node.start, node.end, parts)
        lines = [self.part(part, around) for part, around in zip(parts, arounds, strict=True)]
        return Body(opener, closer, lines, tail)

    def part(self, part: Arg | Pair | Value, around: Around, sign: str = ": ") -> Line:
        """Return an argument, a pair, or an element of a list."""
        if isinstance(part, Pair):
            line, inner = self.value(f"{self.leaf(part.key)}{sign}", part.value), part.value
        elif isinstance(part, Arg):
            line, inner = (
                self.value("" if part.name is None else f"{part.name.text}: ", part.value),
                part.value,
            )
        else:
            line, inner = self.value("", part), part
        return self.around(line, part, inner, around)

    def around(self, line: Line, node: Node, inner: Node, around: Around) -> Line:
        """Return a line with the comments around it, and those in it that have no better place."""
        holds = inner if isinstance(inner, Call | Array | Object) else None
        line.before = [*around.before, *self.comments.loose(node.start, node.end, holds), *line.before]
        line.after, line.gap = around.after, around.gap
        return line


def quoted(said: str) -> str:
    """Return a text as it is written, in double quotes where it needs no others."""
    plain = said.replace("\r\n", "\n")
    if plain[0] == "'" and '"' not in plain and "\\" not in plain:
        return f'"{plain[1:-1]}"'
    return plain
