"""Decides what a module is written from, once it is known what it holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from pathlib import Path

from kodonb.capture.slicing.importing import Imports
from kodonb.capture.slicing.paths import Paths
from kodonb.capture.slicing.records import Entry
from kodonb.capture.slicing.statements import Statement
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.walk import Walk
from kodonb.capture.slicing.writing import Plan


def plan(
    walk: Walk,
    imports: Imports,
    timeline: Timeline,
    paths: Paths,
    *,
    entries: Sequence[Entry],
    folders: Sequence[Path],
    resource: str,
) -> Plan:
    """Return what a module is written from.

    Args:
        walk: What was taken.
        imports: Its imports.
        timeline: The notebook.
        paths: What statements say of files.
        entries: The flows.
        folders: Where local modules stand.
        resource: Module of the function `resource`; empty if literals stay.
    """
    at_top = {statement.at for statement, _ in imports.top} - imports.within.keys()
    statements = [statement for statement in walk.statements if statement.at not in at_top]
    named = {each.at: paths.of(each).named for each in statements if resource and paths.of(each).named}
    defined = {entry: timeline.last(entry.function).statements[-1].at for entry in entries}
    decorators = {at: entry.decorator for entry, at in defined.items() if entry.decorator}
    function = _unused("resource", statements)
    renamed = f" as {function}" if function != "resource" else ""
    imported = f"from {resource} import resource{renamed}" if named else ""
    ours, missing = _ours(decorators.values(), imports, statements)
    return Plan(
        statements=statements,
        imports=imports,
        future=_future(statements, timeline),
        decorators={at: re.sub(r"^@kb\b", f"@{ours}", text) for at, text in decorators.items()},
        literals=named,
        resource=function,
        imported=imported,
        written=[
            *(f"import {module}" for module in imports.hidden),
            *(["from IPython.display import display"] if walk.shows else []),
            *([missing] if missing else []),
            *([imported] if imported else []),
        ],
        folders=folders,
    )


def _ours(decorators: Collection[str], imports: Imports, statements: Sequence[Statement]) -> tuple[str, str]:
    """Return the name of kodonb in the module, and the import that is missing, as far as decorators ask for it."""
    imported = {name for _, names in imports.top for name in names}
    if not any(re.search(r"\bkb\b", text) for text in decorators) or "kb" in imported:
        return "kb", ""
    if any("kb" in statement.bound.names for statement in statements):
        return "kodonb", "import kodonb"
    return "kb", "import kodonb as kb"


def _unused(name: str, statements: Sequence[Statement]) -> str:
    while any(re.search(rf"\b{name}\b", statement.text) for statement in statements):
        name = f"_{name}"
    return name


def _future(statements: Sequence[Statement], timeline: Timeline) -> Statement | None:
    """Return the import that postpones annotations, if the module has any that it is about."""
    annotated = [each for each in statements if each.is_definition or isinstance(each.node, ast.AnnAssign)]
    if not any(statement.postponed for statement in annotated):
        return None
    futures = (each for each in timeline.statements if getattr(each.node, "module", "") == "__future__")
    return next(
        each for each in futures if "annotations" in [part.name for part in getattr(each.node, "names", ())]
    )
