"""From a text to its tree."""

from __future__ import annotations

from typing import Final

from kodonb.kumeo.syntax.automaton import Automaton
from kodonb.kumeo.syntax.expected import SIGNS, found, mistaken, wanted
from kodonb.kumeo.syntax.lexis import END, WRONG, Token
from kodonb.kumeo.syntax.mending import Mending
from kodonb.kumeo.syntax.source import Source
from kodonb.kumeo.syntax.stream import Stream
from kodonb.kumeo.syntax.tree import Definition, Tree, Use, Wrong

DEEPEST: Final = 100
"""Most brackets that may be open: whatever goes through a tree does so by recursion."""

_MOST: Final = 20  # errors that anybody wants to be told
_TIRED: Final = 200  # times that a text is mended before the rest of it is left alone
_APART: Final = 2  # tokens that must have fitted between two errors; what is nearer follows from the first


def parse(source: Source) -> Tree:
    """Return the tree of a text; it is whole if it names no error."""
    return _Parsing(source).run()


class _Parsing:
    """One pass over a text.

    Args:
        source: The text.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stream = Stream(source.text)
        self._automaton = Automaton(source.text)
        self._mending = Mending(self._automaton, self._stream)
        self._wrong: list[Wrong] = []
        self._lost: list[int] = []
        self._mended = 0
        self._told_at = -_APART

    def run(self) -> Tree:
        """Take all tokens."""
        automaton, stream = self._automaton, self._stream
        while True:
            token = automaton.run(stream.rest(), DEEPEST)
            if automaton.has_ended:
                return self._tree()
            if len(automaton.opened) > DEEPEST:
                self._too_deep(token)
            else:
                self._mend(token)

    def _too_deep(self, token: Token) -> None:
        message = f"brackets are nested more than {DEEPEST} deep"
        self._wrong.append(Wrong(token.start, token.end, message, "give parts of it names of their own"))
        self._stop(token)

    def _mend(self, token: Token) -> None:
        message, remedy = self._explain(token)
        is_new = self._automaton.taken - self._told_at >= _APART
        put_in = self._mending.mend(token)
        if put_in != "COMMA":
            self._lost.append(token.start)
        if put_in:
            remedy = f"put `{SIGNS[put_in]}` before {found(token, self._source.text)}"
        if is_new and self._mended < _TIRED:
            self._wrong.append(Wrong(token.start, token.end, message, remedy))
        self._told_at = self._automaton.taken
        self._mended += 1
        if len(self._wrong) >= _MOST or self._mended == _TIRED:
            self._stop(token)

    def _explain(self, token: Token) -> tuple[str, str]:
        if token.kind in WRONG:
            return mistaken(token, self._source.text)
        said = found(token, self._source.text)
        words = wanted(self._automaton.expected(), depth=len(self._automaton.opened))
        return f"expected {words}, found {said}", f"write {words} here, or remove {said}"

    def _stop(self, token: Token) -> None:
        """Read no further."""
        self._lost.append(token.start)
        self._mended = _TIRED + 1
        self._stream.end()
        self._mending.mend(Token(END, token.end, token.end))

    def _tree(self) -> Tree:
        definitions = tuple(one for one in self._automaton.result if isinstance(one, Definition))
        items = (item for one in definitions for item in one.items)
        strays = [_stray(item) for item in items if isinstance(item, Use) and not item.fits]
        wrong = sorted([*self._wrong, *strays[:_MOST]], key=lambda one: one.start)
        lost = sorted([*self._lost, *(one.start for one in strays)])
        return Tree(self._source, definitions, tuple(self._stream.comments), tuple(wrong), tuple(lost))


def _stray(use: Use) -> Wrong:
    return Wrong(
        use.start, use.end, "expected `:`, `{`, or `use NAME as NAME`", 'write e.g. source: NATS("orders")'
    )
