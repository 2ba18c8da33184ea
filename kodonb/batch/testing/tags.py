"""What tags of a cell, and comments like them, ask for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest

from kodonb.batch.cells import Cell, tags

SKIP: Final = frozenset({"skip", "nbval-skip", "skip-execution"})
RAISES: Final = frozenset({"raises-exception", "nbval-raises-exception"})
IGNORE: Final = frozenset({"nbval-ignore-output"})
CHECK: Final = frozenset({"nbval-check-output"})

_COMMENT: Final = re.compile(r"\s*(?:#+|//+|--|%+)\s*(?:NBVAL|PYTEST_VALIDATE)_(\w+)\s*")

_TAKEN: Final = frozenset(
    {"asyncio", "filterwarnings", "parametrize", "skipif", "timeout", "usefixtures", "xdist_group"}
)
"""Markers that mean something to pytest or its plugins, and need arguments."""


def asked(cell: Cell) -> frozenset[str]:
    """Return the tags of a cell, with those that its comments stand for, such as ``# NBVAL_SKIP``."""
    said = {
        f"nbval-{found[1].lower().replace('_', '-')}"
        for line in cell.source.splitlines()
        if (found := _COMMENT.fullmatch(line))
    }
    return tags(cell) | said


def mark(item: pytest.Item, told: frozenset[str]) -> None:
    """Mark a cell by its tags, so that ``-m`` finds it; pytest then skips what is to be skipped."""
    item.add_marker("notebook")
    if found := sorted(told & SKIP):
        item.add_marker(pytest.mark.skip(reason=f"tag {found[0]}"))
    if told & RAISES:
        item.add_marker("raises_exception")
    for name in sorted(set(_names(told)) - _TAKEN - {"skip"}):
        # Marks must be known, else pytest warns of them or refuses them.
        line = f"{name}: a cell with this tag"
        if line not in item.config.getini("markers"):
            item.config.addinivalue_line("markers", line)
        item.add_marker(name)


def _names(told: frozenset[str]) -> Iterator[str]:
    names = (re.sub(r"\W", "_", tag).strip("_") for tag in told)
    return (name for name in names if name.isidentifier())
