"""The texts that `kodonb check` and `kodonb fmt` are told to look at."""

from __future__ import annotations

import sys
from pathlib import Path

from kodonb.cli.words import meant
from kodonb.model.errors import UsageError

STDIN = "-"
"""Stands for standard input."""


def content(name: str) -> bytes:
    """Return what is in a file, or comes from standard input.

    Raises:
        UsageError: There is no such file, or it cannot be read (KN006).
    """
    if name == STDIN:
        return sys.stdin.buffer.read()
    path = Path(name)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        folder = path.parent
        near = sorted(other.name for other in folder.glob("*.kumeo")) if folder.is_dir() else []
        raise UsageError(f"there is no file {name}", code="KN006", remedy=meant(path.name, near)) from None
    except OSError as error:
        raise UsageError(
            f"{name} cannot be read: {error.strerror}", code="KN006", remedy="name a file that can be read"
        ) from None


def shown(name: str) -> str:
    """Return how a file is called in messages."""
    return "<stdin>" if name == STDIN else name
