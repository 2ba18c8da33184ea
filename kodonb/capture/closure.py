"""Walks from a function to everything it needs, by what each name is bound to now."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kodonb.capture import problems
from kodonb.capture.definitions import anywhere
from kodonb.capture.imports import find_import, submodules
from kodonb.capture.names import line_of
from kodonb.capture.sources import place
from kodonb.capture.subject import Subject, UnwritableError, Written
from kodonb.capture.unit import Import, Unit
from kodonb.capture.writing import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kodonb.capture.sources import Library
    from kodonb.model.errors import CaptureError


@dataclass
class Closure:
    """What a module will hold.

    Attributes:
        units: Definitions by name.
        imports: Names from other modules.
        mentions: Modules that objects inside pickles come from.
        notices: What the user should be told.
        problems: Why the code cannot travel.
    """

    units: dict[str, Unit] = field(default_factory=dict)
    imports: set[Import] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    notices: list[str] = field(default_factory=list)
    problems: list[CaptureError] = field(default_factory=list)


def walk(entry: str, value: object, home: Mapping[str, Any], library: Library) -> Closure:
    """Collect the closure of names that starts at an entry.

    Args:
        entry: Name of the function.
        value: The function, or the flow or step around it.
        home: Namespace in which names are looked up.
        library: Sources of the namespace.
    """
    step = _Walk(home, library)
    step.start(entry, value)
    while step.waiting:
        step.follow(step.waiting.pop(0))
    step.report_missing()
    return step.closure


class _Walk:
    def __init__(self, home: Mapping[str, Any], library: Library) -> None:
        self.closure = Closure()
        self.waiting: list[Unit] = []
        self._home = home
        self._library = library
        self._seen: set[str] = set()
        self._missing: dict[str, str] = {}

    def start(self, entry: str, value: object) -> None:
        """Take the entry, which need not be bound in the namespace."""
        self._seen.add(entry)
        self._write(entry, value, f"`{entry}`")

    def follow(self, unit: Unit) -> None:
        """Visit every name that a unit needs."""
        for name in sorted(unit.needs.required):
            self.visit(name, unit)
        for name in sorted(unit.needs.hints):
            if name in self._home:
                self.visit(name, unit)
        self.closure.imports.update(submodules(unit.needs.paths, self._home))

    def visit(self, name: str, use: Unit | str) -> None:
        """Take one name into the closure."""
        if name in self._seen:
            return
        self._seen.add(name)
        if name == "get_ipython":
            self.closure.problems.append(problems.magic(_where(use, name)))
        elif name in self._home:
            self._take(name, self._home[name], use)
        elif name in vars(builtins):
            self._builtin(name)
        else:
            self._missing[name] = _where(use, name)

    def report_missing(self) -> None:
        """Report names that nothing binds, unless captured code binds them when it runs."""
        assigned = {name for unit in self.closure.units.values() for name in unit.needs.sets}
        for name, use in self._missing.items():
            if name not in assigned:
                found = anywhere(name, self._library)
                earlier = place(found.source.label, found.line) if found is not None else None
                self.closure.problems.append(problems.missing(name, use, earlier))

    def _builtin(self, name: str) -> None:
        module = getattr(vars(builtins)[name], "__module__", None)
        if isinstance(module, str) and module.startswith("IPython."):
            # IPython adds names such as `display` to the builtins; elsewhere they must be imported.
            self.closure.imports.add(Import(module, name, name))

    def _take(self, name: str, value: object, use: Unit | str) -> None:
        imported = find_import(name, value, self._home, self._library)
        if imported is not None:
            self.closure.imports.add(imported)
        else:
            self._write(name, value, use)

    def _write(self, name: str, value: object, use: Unit | str) -> None:
        try:
            self._add(name, write(Subject(name, value, self._home, self._library)))
        except UnwritableError as reason:
            self.closure.problems.append(reason.problem(_where(use, name)))

    def _add(self, name: str, written: Written) -> None:
        self.closure.units[name] = written.unit
        self.closure.imports.update(written.imports)
        self._seen.update(own.name for own in written.imports)
        self.closure.mentions.update(written.mentions)
        self.closure.notices.extend(written.notices)
        self.waiting.append(written.unit)


def _where(use: Unit | str, name: str) -> str:
    return use if isinstance(use, str) else use.where(line_of(use.text, name))
