"""Files by which the parts of an instance on one machine find each other."""

from __future__ import annotations

import os
from pathlib import Path

from kodonb.model.settings import Settings


def place_file(settings: Settings) -> Path:
    """Return the file that says where the spooler of an instance is."""
    return settings.home / "spooler.json"


def write_private(path: Path, text: str) -> None:
    """Replace a file at once by one that only its owner can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(text, encoding="utf-8")
    new.replace(path)
