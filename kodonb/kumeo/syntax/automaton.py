"""The machine that the LALR tables drive.

The method is that of Aho, Sethi and Ullman, "Compilers" (1986), section 4.7: shift a token, or reduce what a rule
has found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kodonb.kumeo.syntax.growing import MAKERS
from kodonb.kumeo.syntax.lexis import BRACKETS, CLOSERS, END, OPENERS, Token
from kodonb.kumeo.syntax.tables import tables


class Automaton:
    """A parser without any idea of errors: it stands still where a token does not fit.

    Args:
        text: The text that the tokens are of.

    Attributes:
        opened: The kinds of the brackets that are open.
        taken: How many tokens it has taken.
        result: The definitions, when the end was taken.
    """

    def __init__(self, text: str) -> None:
        known = tables()
        self._states = known.states
        self._rules = [(rule.origin, rule.size, MAKERS[rule.make]) for rule in known.rules]
        self._end = known.end
        self._text = text
        self._stack = [known.start]
        self._values: list[Any] = []
        self.opened: list[str] = []
        self.taken = 0
        self.result: list[Any] = []

    def run(self, tokens: Iterable[Token], deepest: int) -> Token:
        """Take tokens up to one that does not fit, the end of the text, or one bracket too many; return that.

        Args:
            tokens: What follows; it never ends.
            deepest: Most brackets that may be open.
        """
        # The loop that takes most of the time of a large text: so it looks up nothing twice.
        stack, values, states, rules, text = self._stack, self._values, self._states, self._rules, self._text
        opened, state = self.opened, self._stack[-1]
        for token in tokens:
            kind = token.kind
            while (action := states[state].get(kind)) is not None and action < 0:
                origin, size, make = rules[-action - 1]
                if size:
                    parts = values[-size:]
                    del stack[-size:], values[-size:]
                    values.append(make(parts, text))
                else:
                    values.append(make([], text))
                state = states[stack[-1]][origin]
                stack.append(state)
            if action is None:
                return self._finished(token)
            state = action
            stack.append(state)
            values.append(token)
            self.taken += 1
            if kind in BRACKETS:
                if kind in CLOSERS:
                    opened.pop()
                else:
                    opened.append(kind)
                    if len(opened) > deepest:
                        return token
        raise AssertionError

    def _finished(self, token: Token) -> Token:
        if token.kind == END and self._stack[-1] == self._end:
            self.result = self._values[-1]
        return token

    @property
    def has_ended(self) -> bool:
        """Whether the end of the text was taken."""
        return self._stack[-1] == self._end

    def take(self, token: Token) -> bool:
        """Take one token, and say whether it fits."""
        if not self.accepts(token.kind):
            return False
        self.run((token, Token("", 0, 0)), len(self.opened) + 1)
        return True

    def accepts(self, *kinds: str) -> bool:
        """Whether tokens of these kinds may stand here one after another."""
        stack = list(self._stack)
        return all(self._moves(stack, kind) for kind in kinds)

    def _moves(self, stack: list[int], kind: str) -> bool:
        """Take a token of a kind without making anything of it."""
        states = self._states
        while (action := states[stack[-1]].get(kind)) is not None:
            if action >= 0:
                stack.append(action)
                return True
            origin, size, _ = self._rules[-action - 1]
            if size:
                del stack[-size:]
            stack.append(states[stack[-1]][origin])
        return kind == END and stack[-1] == self._end

    def expected(self) -> set[str]:
        """Return the kinds that may stand here."""
        known = self._states[self._stack[-1]]
        return {kind for kind in known if (kind.isupper() or kind == END) and self.accepts(kind)}

    def brackets(self) -> list[Token]:
        """Return the brackets that are open, the outermost first; behind them may be some that were just closed."""
        return [each for each in self._values if isinstance(each, Token) and each.kind in OPENERS]

    def drop(self) -> None:
        """Forget the newest part, and with a bracket that it opened or closed it."""
        self._stack.pop()
        part = self._values.pop()
        kind = part.kind if isinstance(part, Token) else ""
        if kind in OPENERS:
            self.opened.pop()
        elif kind in CLOSERS:
            self.opened.append(CLOSERS[kind])
