"""What differs from run to run in outputs, and what is compared in its place.

A file of patterns is one that nbval reads, too: pairs of lines ``regex: …`` and ``replace: …``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

SHIPPED: Final = Path(__file__).with_name("sanitize.cfg")
"""Patterns of what kodonb shows."""

_PAIR: Final = re.compile(r"^regex: (.*)$\n^replace: (.*)$", re.MULTILINE)


def sanitizer(files: Iterable[Path]) -> Callable[[str], str]:
    """Return what takes out of a text what the patterns of some files name, and of the shipped one.

    Raises:
        pytest.UsageError: A file cannot be read, or holds a pattern that is none.
    """
    pairs = [pair for file in (*files, SHIPPED) for pair in _pairs(file)]

    def clean(text: str) -> str:
        for pattern, replacement in pairs:
            text = pattern.sub(replacement, text)
        return text

    return clean


def _pairs(file: Path) -> list[tuple[re.Pattern[str], str]]:
    try:
        return [(re.compile(regex), new) for regex, new in _PAIR.findall(file.read_text(encoding="utf-8"))]
    except (OSError, UnicodeDecodeError, re.error) as error:
        raise pytest.UsageError(f"patterns of {file} cannot be used: {error}") from None
