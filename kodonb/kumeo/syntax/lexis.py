"""From text to tokens: one regular expression, put together from the grammar's terminals.

What is no token becomes one too, of one of the `WRONG` kinds: nothing is raised here, the parser says what is wrong.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

import msgspec

from kodonb.kumeo.syntax.tables import tables

END: Final = "$END"
ERROR: Final = "ERROR"
OPENERS: Final = {"LBRACE": "RBRACE", "LSQB": "RSQB", "LPAR": "RPAR"}
CLOSERS: Final = {closer: opener for opener, closer in OPENERS.items()}
BRACKETS: Final = OPENERS.keys() | CLOSERS.keys()
WRONG: Final = frozenset({"CHARACTER", "FIGURE", "OPEN_TRIPLE", "OPEN_STRING", "OPEN_COMMENT"})
"""Kinds of what is no token: a character, a number, and what has a beginning but no end."""

_BEFORE: Final = {"FIGURE": r"(?>{NUMBER})[A-Za-z0-9_.][^\s,;:=()\[\]{{}}\"']*+|\.[0-9]++"}
_AFTER: Final = {
    "OPEN_TRIPLE": r'"""[\s\S]*+',
    "OPEN_COMMENT": r"/\*[\s\S]*+",
    "OPEN_STRING": r"[\"'][\s\S]*+",
    "CHARACTER": r"[^\sA-Za-z0-9_.:,;=/\"'(){}\[\]]++|[\s\S]",
}
_ORDER: Final = (
    "NAME", "COLON", "COMMA", "FIGURE", "TRIPLE", "OPEN_TRIPLE", "STRING", "NUMBER", "DOT", "EQUAL", "LBRACE", "RBRACE",
    "LSQB", "RSQB", "LPAR", "RPAR", "COMMENT", "OPEN_COMMENT", "SEMICOLON", "SLASH", "OPEN_STRING", "CHARACTER",
)  # fmt: skip
_LONGEST: Final = 100


class Token(msgspec.Struct, frozen=True, gc=False):
    """A piece of text.

    Attributes:
        kind: Name of its terminal, or one of `WRONG`.
        start: Number of its first character.
        end: Number of the character after it.
    """

    kind: str
    start: int
    end: int


def tokens(text: str, at: int, comments: list[Token]) -> Iterator[Token]:
    """Yield the tokens of a text, and `END` for ever after.

    Args:
        text: The text.
        at: Where to begin.
        comments: Takes the comments: they are no tokens to a parser.
    """
    for found in _expression().finditer(text, at):
        kind, number = found.lastgroup, found.lastindex
        if kind is None or number is None:
            continue  # the end, with the space before it
        start, end = found.span(number)
        if kind == "COMMENT":
            comments.append(Token(kind, start, end))
        elif kind == "NUMBER" and not _is_finite(text[start:end]):
            yield Token("FIGURE", start, end)
        else:
            yield Token(kind, start, end)
    while True:
        yield Token(END, len(text), len(text))


def _is_finite(number: str) -> bool:
    """Whether a number can be kept; Python takes its time to read long ones."""
    return len(number) <= _LONGEST and math.isfinite(float(number))


@lru_cache(maxsize=1)
def _expression() -> re.Pattern[str]:
    known = tables().terminals
    before = {name: pattern.format(**known) for name, pattern in _BEFORE.items()}
    patterns = {**known, **before, **_AFTER}
    names = "|".join(f"(?P<{name}>{patterns[name]})" for name in _ORDER)
    return re.compile(rf"(?:{known['SPACE']})?(?:{names}|\Z)")
