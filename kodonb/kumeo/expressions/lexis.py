"""The tokens of an expression."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple

from kodonb.kumeo.expressions.malformed import Malformed
from kodonb.kumeo.syntax.growing import unescaped
from kodonb.model.units import seconds

LONGEST: Final = 10_000
"""Most characters of an expression."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
      (?P<duration>(?:[0-9]+(?:\.[0-9]+)?(?:ms|[smhdw]))+(?![A-Za-z0-9_.]))
    | (?P<percent>[0-9]+(?:\.[0-9]+)?%(?=\s*(?:\Z|[)\],]|&&|\|\||(?:and|or|AND|OR)\b)))
    | (?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_]))
    | (?P<text>"[^"\\]*+(?:\\[\s\S][^"\\]*+)*+"|'[^'\\]*+(?:\\[\s\S][^'\\]*+)*+')
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>\?\?|\?\.|\|\||&&|==|!=|<=|>=|[-+*/%<>!()\[\],.])
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORDS: Final = {"AND": "and", "OR": "or", "NOT": "not", "IN": "in", "||": "or", "&&": "and", "!": "not"}
_OPERATORS: Final = frozenset({"and", "or", "not", "in"})
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


class Token(NamedTuple):
    """A piece of an expression.

    Attributes:
        kind: ``"constant"``, ``"word"``, ``"sign"`` or ``"end"``.
        value: The value of a constant; else what is written, operators in one spelling.
        at: Number of its first character.
    """

    kind: str
    value: str | int | float | bool | None
    at: int


def tokens(text: str) -> list[Token]:
    """Return the tokens of an expression, the end as the last.

    Raises:
        Malformed: It is too long, or something in it is no token.
    """
    if len(text) > LONGEST:
        raise Malformed(
            f"a condition may have {LONGEST} characters, this one has {len(text)}", 0, "make it shorter"
        )
    found: list[Token] = []
    at = 0
    while not found or found[-1].kind != "end":
        match = _TOKEN.match(text, at)
        if match is None:
            raise _stray(text, at)
        found.append(_token(match))
        at = match.end()
    return found


def _token(match: re.Match[str]) -> Token:
    kind = str(match.lastgroup)
    said, at = match[kind], match.start(kind)
    if kind == "duration":
        return Token("constant", seconds(said), at)
    if kind == "percent":
        return Token("constant", float(said[:-1]) / 100, at)
    if kind == "number":
        return Token("constant", _number(said, at), at)
    if kind == "text":
        return Token("constant", unescaped(said[1:-1]), at)
    if said in _CONSTANTS:
        return Token("constant", _CONSTANTS[said], at)
    said = _WORDS.get(said, said)
    return Token("sign" if said in _OPERATORS else kind, said, at)


def _number(said: str, at: int) -> int | float:
    value: int | float = float(said)
    if not math.isfinite(value) or len(said) > 100:
        raise Malformed("the number is too large", at, "write a smaller one")
    return int(said) if said.isdigit() else value


def _stray(text: str, at: int) -> Malformed:
    at += len(text[at:]) - len(text[at:].lstrip())
    if text[at] in "\"'":
        return Malformed("this text has no end", at, f"close it with {text[at]}")
    if text[at] == "=":
        return Malformed("expected `==`, found `=`", at, "write == to compare")
    said = text[at : at + 12].split(maxsplit=1)[0]
    return Malformed(f"expected a value or an operator, found `{said}`", at)
