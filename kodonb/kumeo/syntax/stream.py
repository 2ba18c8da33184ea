"""The tokens of a text, with a look ahead."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final

from kodonb.kumeo.syntax.lexis import CLOSERS, END, OPENERS, Token, tokens

_DEFINITION: Final = re.compile(
    r"\b(?:workflow|subworkflow|integration)\b\s*+(?:[A-Za-z_]\w*+\s*+)?\{", re.ASCII
)
_BLANKS: Final = re.compile(r"[^\S\n]*+")


class Stream:
    """Gives one token after the other.

    Args:
        text: The text.

    Attributes:
        comments: The comments that were passed.
    """

    def __init__(self, text: str) -> None:
        self.comments: list[Token] = []
        self._text = text
        self._source = tokens(text, 0, self.comments)
        self._ahead: deque[Token] = deque()

    def next(self) -> Token:
        """Return the next token and go on."""
        return self._ahead.popleft() if self._ahead else next(self._source)

    def rest(self) -> Iterator[Token]:
        """Return all that follow, as long as none is put back."""
        return chain(self._put_back(), self._source)

    def _put_back(self) -> Iterator[Token]:
        while self._ahead:
            yield self._ahead.popleft()

    def back(self, token: Token) -> None:
        """Put a token back."""
        self._ahead.appendleft(token)

    def peek(self, count: int = 1) -> list[str]:
        """Return the kinds of the next tokens."""
        while len(self._ahead) < count:
            self._ahead.append(next(self._source))
        return [self._ahead[number].kind for number in range(count)]

    def indent(self, at: int) -> int:
        """Return how many characters of its line are before a place."""
        return at - self._text.rfind("\n", 0, at) - 1

    def margin(self, at: int) -> int:
        """Return by how many blanks the line of a place is indented."""
        start = at - self.indent(at)
        return _BLANKS.match(self._text, start, at).end() - start  # type: ignore[union-attr]  # it fits everywhere

    def skip(self, begins: Callable[[], bool]) -> None:
        """Pass over tokens, and over all between brackets among them, up to a closing one or what begins a part."""
        depth = 0
        while True:
            token = self.next()
            kind = token.kind
            if kind in OPENERS:
                depth += 1
            elif kind in CLOSERS:
                depth -= 1
            if kind == END or depth < 0:
                return self.back(token)
            if not depth:
                self.back(token)
                if begins():
                    return None
                self.next()

    def skip_to_definition(self) -> None:
        """Go on where the next workflow begins, or to the end: there may be a megabyte of anything before."""
        found = _DEFINITION.search(self._text, self.next().start)
        self._go(found.start() if found else len(self._text))

    def end(self) -> None:
        """Leave out all the rest."""
        self._go(len(self._text))

    def _go(self, at: int) -> None:
        self._ahead.clear()
        self._source = tokens(self._text, at, self.comments)
