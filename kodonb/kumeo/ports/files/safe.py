"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def replaced(file: Path, body: bytes) -> None:
    """Put a file in the place of another one, or of none."""
    new = file.with_name(f".{file.name}.{os.getpid()}.new")
    with new.open("wb") as out:
        out.write(body)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
    synced(file.parent)


def synced(folder: Path) -> None:
    """Have the entries of a folder on disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
