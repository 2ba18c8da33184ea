"""Finds notebooks in folders."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_LEFT_OUT = frozenset({"__pycache__", "node_modules", "site-packages"})


def notebooks(places: Iterable[str | Path]) -> list[Path]:
    """Return the notebooks at some places, each once; folders are searched, other than hidden ones.

    Args:
        places: Files, which need not exist, and folders.
    """
    found: dict[Path, Path] = {}
    for place in map(Path, places):
        for path in _within(place) if place.is_dir() else (place,):
            found.setdefault(path.resolve(), path)
    return list(found.values())


def _within(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        yield from (Path(place, name) for name in sorted(names) if name.endswith(".ipynb"))
