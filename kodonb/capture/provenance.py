"""What is known of the surroundings of captured code: distributions, git."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FRESH: Final = 5.0  # seconds for which the state of a git folder is taken as unchanged
_TIMEOUT: Final = 5.0
_DESCRIBE: Final = ("git", "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*")
_commits: dict[Path, tuple[float, str | None]] = {}


def commit(folder: str | Path | None = None) -> str | None:
    """Return the git commit of a folder, with ``+`` when there are changes.

    Args:
        folder: The folder; the current one when not given.

    Returns:
        `None` without git, or before the first commit.
    """
    place = Path(folder or ".").resolve()
    at, known = _commits.get(place, (-_FRESH, None))
    if time.monotonic() - at > _FRESH or place not in _commits:
        known = _describe(place)
        _commits[place] = (time.monotonic(), known)
    return known


def packages(modules: Iterable[str]) -> dict[str, str]:
    """Return the installed distributions that modules come from, with their versions."""
    roots = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    names = {name for root in roots for name in distributions(root)}
    return {name: _version(name) for name in sorted(names)}


@lru_cache(maxsize=256)
def distributions(root: str) -> tuple[str, ...]:
    """Return the distributions that provide a top-level module or package."""
    return (root,) if _provides(root) else tuple(_all_distributions().get(root, ()))


def _provides(name: str) -> bool:
    """Say whether the distribution of a name provides the module of that name, as most do."""
    try:
        record = metadata.distribution(name).read_text("RECORD") or ""
    except (metadata.PackageNotFoundError, ValueError):
        return False
    return re.search(rf"^{re.escape(name)}(/__init__)?\.py,", record, re.MULTILINE) is not None


@lru_cache(maxsize=1)
def _all_distributions() -> Mapping[str, list[str]]:
    # Slow: reads the files of everything that is installed.
    return metadata.packages_distributions()


@lru_cache(maxsize=256)
def _version(name: str) -> str:
    return metadata.version(name)


def _describe(folder: Path) -> str | None:
    try:
        done = subprocess.run(
            _DESCRIBE, cwd=folder, capture_output=True, text=True, check=False, timeout=_TIMEOUT
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
