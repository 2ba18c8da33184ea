"""The imports of a slice: which statements give them, where they stand, and how they are written."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kodonb.capture.companions import local
from kodonb.capture.slicing.stars import Stars
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.unit import Chunk


class Imports(NamedTuple):
    """The imports of a slice.

    Attributes:
        top: Those that stand at the top, with the names that are wanted of each.
        within: Those that stay where they are, as their names stand for several things.
        hidden: Modules to import beside, as code reaches them through a package that does not import them itself.
    """

    top: list[tuple[Statement, list[str]]]
    within: dict[int, list[str]]
    hidden: list[str]


def settle(taken: dict[int, set[str]], timeline: Timeline, stars: Stars) -> Imports:
    """Return the imports of a slice, after having replaced what imports the same again by what does first.

    Args:
        taken: Places of the statements of the slice, with the names that are wanted of each; it is corrected.
        timeline: The notebook.
        stars: Knows where modules are.
    """
    statements = [timeline.statements[at] for at in sorted(taken)]
    paths = frozenset().union(*(statement.needs.paths for statement in statements))
    wanted: dict[str, set[int]] = defaultdict(set)
    for statement in statements:
        if _is_import(statement):
            for name in taken.pop(statement.at):
                wanted[name] |= {found.at for found in _first(name, statement, timeline, paths)}
    others = {name for each in statements if not _is_import(each) for name in each.bound.names}
    top, within = defaultdict[int, list[str]](list), defaultdict[int, list[str]](list)
    for name in sorted(wanted):
        meanings = {_meaning(timeline.statements[at], name) for at in wanted[name]}
        alone = name == "*" or (name not in others and len(meanings) == 1)
        for at in wanted[name]:
            (top if alone else within)[at].append(name)
            taken.setdefault(at, set()).add(name)
    # What is imported where it stands must not be imported above, under another meaning.
    chosen = [(timeline.statements[at], names) for at, names in sorted(top.items())]
    return Imports(chosen, dict(within), sorted({*_hidden(paths, chosen, stars)}))


def _is_import(statement: Statement) -> bool:
    return isinstance(statement.node, ast.Import | ast.ImportFrom)


def _meaning(statement: Statement, name: str) -> tuple[str, str]:
    """Return module and attribute that an import binds to a name."""
    alias = statement.imports.get(name)
    if isinstance(statement.node, ast.ImportFrom) or alias is None:
        return str(getattr(statement.node, "module", "")), alias.name if alias else "*"
    return (alias.name if alias.asname else name), ""


def _first(name: str, statement: Statement, timeline: Timeline, paths: frozenset[str]) -> list[Statement]:
    """Return the first of the statements that import the same, one after the other."""
    same: list[Statement] = []
    for each in timeline.everywhere(name):
        if each.at > statement.at and not _is_plain(each, name):
            break
        if not _is_import(each) or _meaning(each, name) != _meaning(statement, name):
            same = []
        else:
            same.append(each)
    if not _is_plain(statement, name):
        return same[:1] or [statement]
    # Each of `import a.b` and `import a.c` binds `a`, and loads a module of its own.
    used = [each for each in same if _is_used(each.imports[name].name, paths)]
    distinct = {each.imports[name].name: each for each in reversed(used)}
    exact = [each for each in same if each.imports[name].name == name]
    return [*distinct.values()] or exact[:1] or same[:1] or [statement]


def _is_plain(statement: Statement, name: str) -> bool:
    alias = statement.imports.get(name)
    return isinstance(statement.node, ast.Import) and alias is not None and alias.asname is None


def _is_used(module: str, paths: frozenset[str]) -> bool:
    return "." in module and any(path == module or path.startswith(f"{module}.") for path in paths)


def _hidden(paths: Iterable[str], imports: list[tuple[Statement, list[str]]], stars: Stars) -> Iterator[str]:
    bound = {name: _meaning(statement, name)[0] for statement, names in imports for name in names}
    plain = {name for statement, names in imports for name in names if isinstance(statement.node, ast.Import)}
    loaded = {name for statement, _ in imports for name in _loaded(statement)}
    for path in paths:
        head, *rest = path.split(".")
        module = bound.get(head, "") if head in plain else ""
        for part in rest if module else ():
            module = f"{module}.{part}"
            if not stars.exists(module):
                break
            if not any(f"{name}.".startswith(f"{module}.") for name in loaded) and stars.hidden(module):
                yield module


def _loaded(statement: Statement) -> Iterator[str]:
    """Yield the modules that an import loads, and names of what may be one."""
    node = statement.node
    for alias in statement.imports.values():
        yield f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name


def lines(statement: Statement, names: list[str]) -> list[Chunk]:
    """Return an import as typed if all of it is wanted, otherwise with the wanted names only."""
    node = statement.node
    assert isinstance(node, ast.Import | ast.ImportFrom)
    known = set(statement.imports) | {"*"} if statement.star else set(statement.imports)
    if known == set(names) and len(names) == len(node.names):
        skipped = node.lineno - statement.first
        chunk = statement.chunk
        return [statement.cell.chunk(node.lineno, chunk.lines[skipped:])]
    pairs = [(name, statement.imports[name]) for name in statement.imports if name in names]
    parts = [alias.name + (f" as {alias.asname}" if alias.asname else "") for _, alias in pairs]
    if isinstance(node, ast.ImportFrom):
        parts = parts or sorted(names)
        return [statement.cell.chunk(node.lineno, (line,)) for line in _from(str(node.module), parts)]
    return [statement.cell.chunk(node.lineno, (f"import {', '.join(parts)}",))]


def _from(module: str, parts: list[str]) -> list[str]:
    line = f"from {module} import {', '.join(parts)}"
    return (
        [line] if len(line) <= 110 else [f"from {module} import (", *(f"    {part}," for part in parts), ")"]
    )


def section(module: str, folders: Sequence[Path]) -> int:
    """Return the group of imports that a module belongs to: 0 standard library, 1 installed, 2 local."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names:
        return 0
    return 1 if local(root, folders) is None else 2


def module_of(statement: Statement) -> str:
    """Return the first module that a statement imports."""
    node = statement.node
    assert isinstance(node, ast.Import | ast.ImportFrom)
    return str(node.module) if isinstance(node, ast.ImportFrom) else node.names[0].name
