"""Reading single words of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from kodonb.model.errors import UsageError


def whole(text: str) -> int:
    """Read a whole number that is not negative.

    Raises:
        UsageError: It is not (KN005).
    """
    if not text.isdecimal():
        raise UsageError(f"{text!r} is not a whole number", code="KN005", remedy="write digits only")
    return int(text)


def offset(text: str) -> int:
    """Read an offset of an event; -1 stands before the first.

    Raises:
        UsageError: It is none (KN005).
    """
    return -1 if text == "-1" else whole(text)


def one_of(what: str, known: Iterable[str]) -> Callable[[str], str]:
    """Return a reader of one of the words that are known."""
    words = sorted(known)

    def read(text: str) -> str:
        if text in words:
            return text
        raise UsageError(f"{text!r} is not a {what}", code="KN005", remedy=meant(text, words))

    return read


def assignment(text: str) -> tuple[str, str]:
    """Read ``key=value``.

    Raises:
        UsageError: There is no ``=`` in it, or no name before it (KN005).
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"{text!r} is not key=value", code="KN005", remedy="write name=value, e.g. size=3")
    return key, value


def meant(text: str, known: Iterable[str]) -> str:
    """Return what to do about a word that is not known."""
    words = list(known)
    near = difflib.get_close_matches(text, words, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of: {', '.join(words) or '(there is none)'}"
