"""Says to which part of a text a comment belongs."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from kodonb.kumeo.syntax.lexis import Token
from kodonb.kumeo.syntax.tree import Node, Tree
from kodonb.kumeo.writing.pieces import Remark

_BLANK: Final = re.compile(r"\n[ \t\f\v\r]*\n")


@dataclass(slots=True)
class Around:
    """The comments around a part, and whether a blank line stands before it."""

    before: list[Remark] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    gap: bool = False


class Comments:
    """The comments of a tree.

    Args:
        tree: The tree.
    """

    def __init__(self, tree: Tree) -> None:
        self._text = tree.source.text
        self._all = tree.comments
        self._starts = [comment.start for comment in tree.comments]

    def within(self, start: int, end: int) -> Sequence[Token]:
        """Return the comments of a part of the text."""
        return self._all[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def loose(self, start: int, end: int, inner: Node | None) -> list[Remark]:
        """Return the comments of a part that are in no value of it: they are put before it."""
        found = self.within(start, end)
        return [
            Remark(self._said(each), gap=False)
            for each in found
            if inner is None or not inner.start <= each.start < inner.end
        ]

    def remarks(self, said: Sequence[str]) -> list[Remark]:
        """Return comments of the end of a line as comments of lines of their own."""
        return [Remark(each, gap=False) for each in said]

    def among(self, start: int, end: int, parts: Sequence[Node]) -> tuple[list[Around], list[Remark]]:
        """Return the comments around each of some parts, and those after the last one.

        Args:
            start: Where the text around the parts begins.
            end: Where it ends.
            parts: The parts, in order.
        """
        arounds = [Around() for _ in parts]
        tail: list[Remark] = []
        last = start
        waiting: list[Remark] = []
        place = 0
        for comment in [*self.within(start, end), None]:
            while place < len(parts) and (comment is None or parts[place].end <= comment.start):
                arounds[place].before += waiting
                arounds[place].gap = place > 0 and self._is_blank(last, parts[place].start)
                waiting, last = [], parts[place].end
                place += 1
            if comment is None:
                break
            following = parts[place] if place < len(parts) else None
            if following is not None and following.start <= comment.start:
                continue  # it is a comment within that part
            if self._trails(comment, following, place, last):
                arounds[place - 1].after.append(self._said(comment))
            else:
                waiting.append(
                    Remark(self._said(comment), self._is_blank(last, comment.start) and last > start)
                )
            last = comment.end
        tail += waiting
        return arounds, tail

    def _trails(self, comment: Token, following: Node | None, place: int, last: int) -> bool:
        """Whether a comment stands at the end of the line of the part before it."""
        if not place or "\n" in self._text[last : comment.start]:
            return False
        return (
            following is None or "\n" in self._text[comment.end : following.start] or self._is_line(comment)
        )

    def _is_line(self, comment: Token) -> bool:
        return self._text.startswith("//", comment.start)

    def _is_blank(self, start: int, end: int) -> bool:
        return _BLANK.search(self._text, start, end) is not None

    def _said(self, comment: Token) -> str:
        return self._text[comment.start : comment.end].replace("\r\n", "\n").rstrip()
