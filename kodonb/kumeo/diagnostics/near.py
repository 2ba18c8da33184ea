"""What was probably meant."""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections.abc import Iterable

_MOST = 12  # names that are worth listing
_MANY = 300  # names that are compared one by one
_BESIDE = 40  # of more names, those before and behind in the order of the alphabet
_LONGEST = 200  # letters that are worth comparing, which takes time that grows with their square


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is nearest to one, if any is near."""
    if len(word) > _LONGEST:
        return None
    words = _neighbours(word, sorted(known))
    lower = {each.lower(): each for each in words}
    if word.lower() in lower:
        return lower[word.lower()]
    found = difflib.get_close_matches(word, words, n=1)
    return found[0] if found else None


def _neighbours(word: str, words: list[str]) -> list[str]:
    """Return the words to compare with: all, or where there are many, those that begin alike."""
    at = bisect_left(words, word) if len(words) > _MANY else 0
    return words[max(0, at - _BESIDE) : at + _BESIDE] if len(words) > _MANY else words


def meant(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return what to do about a word that is not known.

    Args:
        word: The word.
        known: All words that may stand in its place.
        otherwise: What to do if none of them is near; by default to use one of them.
    """
    words = sorted(dict.fromkeys(known))
    near = nearest(word, words)
    if near is not None:
        return f"did you mean `{near}`?"
    if otherwise or not words:
        return otherwise or "there is none to choose from"
    shown = ", ".join(f"`{each}`" for each in words[:_MOST])
    return f"use one of {shown}{', …' if len(words) > _MOST else ''}"
