"""Diagnostics for people: the place, the message, the line with a caret below, and the way out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from kodonb.kumeo.diagnostics.diagnostic import Diagnostic
from kodonb.kumeo.syntax.source import Source

_WIDEST: Final = 110
_MOST: Final = 3


def lines(diagnostics: Iterable[Diagnostic], source: Source) -> Iterator[str]:
    """Yield the diagnostics of a text."""
    for one in diagnostics:
        yield f"{one.file}:{one.line}:{one.column}: {one.code} {one.message}"
        yield from excerpt(one, source)
        yield f"  do: {one.remedy}"


def excerpt(one: Diagnostic, source: Source) -> Iterator[str]:
    """Yield the line that a diagnostic is about, and carets below what it is about."""
    text = _plain(source.line(one.line))
    start = one.column - 1
    end = one.end_column - 1 if one.end_line == one.line else len(text)
    # A long line is shown from near the place.
    cut = max(0, min(start - _WIDEST // 2, len(text) - _WIDEST))
    shown = text[cut : cut + _WIDEST]
    before, marked = text[cut:start], text[start : min(end, cut + _WIDEST)]
    if cut:
        shown, before = f"…{shown[1:]}", f"…{before[1:]}"
    if cut + _WIDEST < len(text):
        shown = f"{shown}…"
    margin = f"{one.line:>5} | "
    yield f"{margin}{shown}"
    yield f"{' ' * len(margin)}{' ' * _width(before)}{'^' * max(1, _width(marked))}"


def _plain(line: str) -> str:
    """Return a line in which every character is shown, or at least takes its place."""
    return "".join(
        char if char.isprintable() else " " if char in "\t\f\v" else "\N{REPLACEMENT CHARACTER}"
        for char in line
    )


def _width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


def summary(files: int, diagnostics: Iterable[Diagnostic]) -> str:
    """Return one line that counts."""
    found = list(diagnostics)
    errors = sum(one.severity == "error" for one in found)
    counts = [_count(errors, "error"), _count(len(found) - errors, "warning")]
    return f"{_count(files, 'file')}: {', '.join(counts)}"


def gist(errors: Sequence[Diagnostic]) -> tuple[str, str]:
    """Return what is wrong in a line, and what to do; of several errors each has its own way out.

    Args:
        errors: The errors, one at least; the first few are told.
    """
    if len(errors) == 1:
        return f"{errors[0].code} {errors[0].message}", errors[0].remedy
    told, left = errors[:_MOST], len(errors) - _MOST
    message = "; ".join(f"{one.code} in line {one.line}: {one.message}" for one in told)
    remedy = "; ".join(f"in line {one.line}: {one.remedy}" for one in told)
    if left > 0:
        return f"{len(errors)} errors: {message}; and {left} more", f"{remedy}; kodonb check shows all"
    return f"{len(errors)} errors: {message}", remedy


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
