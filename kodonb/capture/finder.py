"""Lets Python import local modules that travelled as text."""

from __future__ import annotations

import importlib.abc
import linecache
import sys
import tokenize
from importlib.util import find_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class CompanionFinder(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds modules in a table of texts.

    Attributes:
        table: Name of the module -> its path and text.
    """

    def __init__(self) -> None:
        self.table: dict[str, tuple[str, str]] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module of the table."""
        del path, target
        if fullname not in self.table:
            return None
        file = self.table[fullname][0]
        folders = [str(Path(file).parent)] if file.endswith("__init__.py") else None
        return spec_from_file_location(fullname, file, loader=self, submodule_search_locations=folders)

    def get_source(self, fullname: str) -> str:
        """Return the text of a module of the table."""
        return self.table[fullname][1]

    def exec_module(self, module: ModuleType) -> None:
        """Execute a module under the path it was written in."""
        path, source = self.table[module.__name__]
        # The file may be missing here, or differ; tracebacks show what runs.
        linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
        exec(compile(source, path, "exec", dont_inherit=True), vars(module))  # noqa: S102 - it is an import


_FINDER = CompanionFinder()


def install(companions: dict[str, tuple[str, str]]) -> None:
    """Make local modules importable; what is there with the same text stays.

    When the text of any of them differs from what is loaded, all are loaded anew, as they may have
    imported each other.
    """
    if all(_is_there(name, *companion) for name, companion in sorted(companions.items())):
        return
    for name in companions:
        sys.modules.pop(name, None)
    _FINDER.table.update(companions)
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)


def _is_there(name: str, path: str, source: str) -> bool:
    if name in _FINDER.table:
        return _FINDER.table[name][1] == source
    try:
        spec = sys.modules[name].__spec__ if name in sys.modules else find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return False
    if spec is None:
        return False
    if not spec.has_location:
        return not source and spec.submodule_search_locations is not None
    return spec.origin == path and _text(path) == source


def _text(path: str) -> str | None:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError):
        return None
