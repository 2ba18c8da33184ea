"""What may stand at a place, and what stands there, in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from kodonb.kumeo.syntax.lexis import END, ERROR, Token

SIGNS: Final = {
    "LBRACE": "{", "RBRACE": "}", "LSQB": "[", "RSQB": "]", "LPAR": "(", "RPAR": ")",
    "COLON": ":", "EQUAL": "=", "COMMA": ",", "SEMICOLON": ";", "DOT": ".", "SLASH": "/",
}  # fmt: skip
_VALUE: Final = frozenset({"STRING", "TRIPLE", "NUMBER", "NAME", "LSQB", "LBRACE"})
_WRONG: Final = {
    "OPEN_STRING": ("this text has no end", "close it with the quote that it begins with: {quote}"),
    "OPEN_TRIPLE": ("this text has no end", 'close it with """'),
    "OPEN_COMMENT": ("this comment has no end", "close it with */"),
    "FIGURE": ("{said} is not a number", 'write e.g. 0.5 or 1e-3, and what has a unit in quotes: "5s"'),
    "CHARACTER": ("{said} cannot stand here", "remove it, or put it into a text in quotes"),
}
_LONGEST: Final = 24


def wanted(kinds: Iterable[str], *, depth: int) -> str:
    """Return what may stand at a place.

    Args:
        kinds: The terminals that may.
        depth: How many brackets are open.
    """
    left = set(kinds) - {ERROR, "DOT", "SLASH", END}
    left -= {"COMMA", "SEMICOLON"} if "RBRACE" in left else set()  # they may, but nobody misses them
    if not depth and "NAME" in left and "LBRACE" not in left:
        return "`workflow`, `subworkflow` or `integration`"
    words = []
    if left >= _VALUE:
        words.append("a value")
        left -= _VALUE
    for kind, word in (
        ("NAME", "a section" if depth == 1 and "COLON" not in left else "a name"),
        ("STRING", "a text in quotes"),
    ):
        if kind in left:
            words.append(word)
            left.discard(kind)
    words += [f"`{SIGNS[kind]}`" for kind in SIGNS if kind in left]
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]])) or "the end of the text"


def found(token: Token, text: str) -> str:
    """Return what stands at a place."""
    if token.kind == END:
        return "the end of the text"
    said = text[token.start : token.end]
    short = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
    return f"`{' '.join(short.split())}`" if short.isprintable() or short.isspace() else repr(short)


def mistaken(token: Token, text: str) -> tuple[str, str]:
    """Return what is wrong with a token that is none, and what to do about it."""
    message, remedy = _WRONG[token.kind]
    return message.format(said=found(token, text)), remedy.format(quote=text[token.start])
