"""From a book to a service: the slice, what it requires, the contract, the provenance."""

from __future__ import annotations

import keyword
import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.version import InvalidVersion, Version

from kodonb.capture.provenance import commit, packages
from kodonb.capture.slicing import Entry, Slice, cut
from kodonb.export import pinning
from kodonb.export.cases import contract_of
from kodonb.export.reading import Book
from kodonb.export.service import Service
from kodonb.model.errors import UsageError

VERSION = "0.1.0"
"""Version of a service whose flows tell none."""


def service_of(book: Book, name: str = "", version: str = "") -> Service:
    """Return the service that a book makes.

    Args:
        book: The notebook or the file, and the flows that are wanted.
        name: Name of the service; made from the flow, or from the file if there are several, by default.
        version: Its version; the flow's by default.

    Raises:
        CaptureError: The code cannot leave the notebook (KN1xx), with all reasons.
        UsageError: The name is none of a Python package (KN005).
    """
    chosen = name or (book.flows[0].name if len(book.flows) == 1 else book.path.stem)
    package = package_of(chosen, book.path.parent, given=bool(name))
    entries = [Entry(flow.function, flow.decorator) for flow in book.flows]
    found = cut(book.cells, entries, folder=book.path.parent, resource=f"{package}.resources")
    title = book.flows[0].meta.title
    contract = contract_of(book.cells, book.outputs, book.flows)
    functions = {entry.function for entry in entries}
    texts = [each for each in book.texts if functions & each.functions.keys()]
    needed = packages(name for each in texts for one in each.functions.values() for name in one.packages)
    required = pinning.requirements({**found.module.packages, **needed})
    runtime = [pinning.RUNTIME, *([pinning.WORKFLOWS] if texts else [])]
    told = dict.fromkeys(flow.meta.version for flow in book.flows if flow.meta.version)
    return Service(
        package=package,
        title=" ".join((title if len(book.flows) == 1 else package.replace("_", " ").capitalize()).split()),
        version=_version(version or (next(iter(told)) if len(told) == 1 else VERSION)),
        flows=book.flows,
        slice=found,
        requirements=required,
        constraints=pinning.closure([*runtime, *required, *pinning.TESTS]),
        cases=contract.cases,
        left=(*found.left, *contract.left, *(left for each in texts for left in each.left())),
        provenance=_provenance(book, found),
    )


def package_of(name: str, folder: Path, *, given: bool) -> str:
    """Return the name of a package.

    Args:
        name: What it is made from.
        folder: Where the notebook is, whose local modules have names, too.
        given: Whether somebody chose it, so that it must be right as it is.

    Raises:
        UsageError: It was chosen, and cannot be taken (KN005).
    """
    made = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "service"
    made = f"flow_{made}" if made[0].isdigit() else made
    if not _taken(made, folder):
        return made
    if given:
        raise UsageError(
            f"a service cannot be called {name!r}: there is a module of that name",
            code="KN005",
            where="--name",
            remedy=f"take another name, such as {made}_service",
        )
    return f"{made}_service"


def _taken(name: str, folder: Path) -> bool:
    """Whether a name is a word of Python, or that of a module which somebody may import."""
    return (
        keyword.iskeyword(name)
        or name in sys.stdlib_module_names
        or name in {"app", "flows", "tests", "kodonb"}
        or name in metadata.packages_distributions()
        or (folder / f"{name}.py").exists()
        or (folder / name / "__init__.py").exists()
    )


def _version(version: str) -> str:
    """Return a version, if it is one.

    Raises:
        UsageError: It is none of a Python package (KN005).
    """
    try:
        Version(version)
    except InvalidVersion:
        raise UsageError(
            f"{version!r} is no version of a Python package",
            code="KN005",
            where="version",
            remedy="write one such as 1.2.0, in the flow or with --version",
        ) from None
    return version


def _provenance(book: Book, found: Slice) -> dict[str, object]:
    module = found.module
    return {
        "source": _source(book.path),
        "sha256": book.digest,
        "commit": commit(book.path.parent),
        "flows": [{"name": flow.name, "function": flow.function, "place": flow.place} for flow in book.flows],
        "cells": list(found.cells),
        "lines": [
            {"line": each.line, "count": each.count, "from": each.file, "at": each.start}
            for each in module.pieces
        ],
        "code": module.code,
        "python": module.python,
        "packages": dict(sorted(module.packages.items())),
        "kodonb": metadata.version("kodonb"),
    }


def _source(path: Path) -> str:
    """Return the path within the repository, or only the name where there is none."""
    root = next((parent for parent in path.parents if (parent / ".git").exists()), path.parent)
    return path.relative_to(root).as_posix()
