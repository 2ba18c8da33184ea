"""Goes on after an error of syntax, so that one pass tells of all that is wrong.

What is missing is put in, what is too much is left out, and where that does not help, the smallest part around is given
up: an argument, a value, a pair, a section, at last a definition.
"""

from __future__ import annotations

from typing import Final

from kodonb.kumeo.syntax.automaton import Automaton
from kodonb.kumeo.syntax.lexis import CLOSERS, END, ERROR, OPENERS, WRONG, Token
from kodonb.kumeo.syntax.stream import Stream

_KEYS: Final = (["NAME", "COLON"], ["NAME", "EQUAL"], ["STRING", "COLON"], ["STRING", "EQUAL"])


class Mending:
    """Brings an automaton over an error.

    Args:
        automaton: What stands still.
        stream: What comes next.
    """

    def __init__(self, automaton: Automaton, stream: Stream) -> None:
        self._automaton = automaton
        self._stream = stream
        self._opened = automaton.opened

    def mend(self, token: Token) -> str:
        """Go on behind or before a token that does not fit.

        Returns:
            The kind of what was put in; empty if something else helped.
        """
        if token.kind in WRONG:
            self._automaton.take(_made(ERROR, token))
            if not self._opened:
                self._stream.skip_to_definition()
        elif token.kind == END:
            return self._end(token)
        elif token.kind in CLOSERS:
            return self._close(token)
        elif self._begins_section(token):
            return self._close_before(token)
        elif self._automaton.accepts("COMMA", token.kind):
            self._automaton.take(_made("COMMA", token))
            self._stream.back(token)
            return "COMMA"
        elif not self._automaton.accepts(self._stream.peek()[0]):
            self._give_up(token)
        return ""

    def _begins_section(self, token: Token) -> bool:
        """Whether a name is rather the next section than part of a call or list that is whole, and open.

        Nothing but the layout tells: `queue: …` on the next line may be an argument before which a comma is missing.
        """
        opened, stream = self._opened, self._stream
        if token.kind != "NAME" or len(opened) != 2 or opened[-1] not in {"LPAR", "LSQB"}:
            return False
        if stream.peek()[0] != "COLON" or not self._automaton.accepts(OPENERS[opened[-1]]):
            return False
        opener, margin = self._automaton.brackets()[1], stream.margin(token.start)
        return margin == stream.indent(token.start) and margin <= stream.margin(opener.start)

    def _close_before(self, token: Token) -> str:
        inner = self._opened[-1]
        self._shut(token)
        self._stream.back(token)
        return OPENERS[inner]

    def _close(self, token: Token) -> str:
        """Close what is open within the bracket that is closed; one that closes nothing is left out."""
        opener = CLOSERS[token.kind]
        if opener not in self._opened:
            return ""
        inner = self._opened[-1]
        if inner == opener:
            self._give_up(token)
            return ""
        return self._close_before(token)

    def _shut(self, token: Token) -> None:
        closer = _made(OPENERS[self._opened[-1]], token)
        if not self._automaton.take(closer):
            self._lose(token)
            self._automaton.take(closer)

    def _end(self, token: Token) -> str:
        inner = self._opened[-1] if self._opened else ""
        while self._opened:
            self._shut(token)
        if not self._automaton.accepts(END):
            self._lose(token)
        self._stream.back(token)
        return OPENERS.get(inner, "")

    def _lose(self, token: Token) -> None:
        """Put an error in the place of the smallest part that may be one."""
        while not self._automaton.take(_made(ERROR, token)):
            self._automaton.drop()

    def _give_up(self, token: Token) -> None:
        """Lose a part, or what follows one that is whole, and go on where the next one begins."""
        if not (self._opened and self._automaton.accepts(OPENERS[self._opened[-1]])):
            self._lose(token)
        self._stream.back(token)
        if not self._opened:
            self._stream.skip_to_definition()
        else:
            self._stream.skip(self._begins_item if len(self._opened) == 1 else self._begins_part)

    def _begins_item(self) -> bool:
        first, second, third = self._stream.peek(3)
        return first == "NAME" and (second in {"COLON", "LSQB"} or (second, third) == ("NAME", "LBRACE"))

    def _begins_part(self) -> bool:
        if self._stream.peek()[0] == "COMMA":
            return True
        return self._opened[-1] == "LBRACE" and self._stream.peek(2) in _KEYS


def _made(kind: str, token: Token) -> Token:
    """Return a token that is not in the text."""
    return Token(kind, token.start, token.start)
