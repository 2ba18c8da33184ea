"""Executed as a program of its own: tests an exported service with nothing but what is pinned for it.

It takes the folder of the export and imports nothing of kodonb itself, so that what is imported is what the service
imports. A module that comes from a distribution which `constraints.txt` does not name is as good as not installed.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType

_NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


class OnlyPinned:
    """Finds no module of a distribution that is not pinned.

    Args:
        pinned: Names of the distributions.
    """

    def __init__(self, pinned: frozenset[str]) -> None:
        self._hidden = frozenset(_hidden(pinned))

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse a hidden module; leave the others to those who come next."""
        if path is None and name in self._hidden:
            raise ModuleNotFoundError(f"{name!r} is not among what is pinned for the service", name=name)
        return None


def _hidden(pinned: frozenset[str]) -> Iterator[str]:
    """Yield the top-level modules that only distributions which are not pinned provide."""
    for module, names in metadata.packages_distributions().items():
        if not {_canonical(name) for name in names} & pinned and module not in sys.stdlib_module_names:
            yield module


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def main(folder: Path) -> int:
    """Import the service and run its tests; return pytest's exit code."""
    text = (folder / "constraints.txt").read_text(encoding="utf-8")
    pinned = frozenset(map(_canonical, _NAME.findall(text))) | {"kodonb"}
    finder = OnlyPinned(pinned)
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, str(folder / "src"))
    assert PathFinder in sys.meta_path
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = (
        "1"  # plugins that are installed here are no part of the service
    )
    import pytest  # noqa: PLC0415 - what is imported before the finder is there is not checked

    os.chdir(folder)
    return int(pytest.main(["-q", "-p", "no:cacheprovider", "--no-header", "--tb=short", "tests"]))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
