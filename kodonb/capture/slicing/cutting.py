"""Cuts the part out of a notebook that flows need."""

from __future__ import annotations

import ast
import platform
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from kodonb.capture import problems
from kodonb.capture.companions import companions
from kodonb.capture.provenance import commit, packages
from kodonb.capture.slicing.beside import stranded
from kodonb.capture.slicing.changes import Changes
from kodonb.capture.slicing.effects import Effects
from kodonb.capture.slicing.importing import settle
from kodonb.capture.slicing.judging import Judge
from kodonb.capture.slicing.leaving import left
from kodonb.capture.slicing.paths import Paths
from kodonb.capture.slicing.planning import plan
from kodonb.capture.slicing.records import DataFile, Entry, Slice
from kodonb.capture.slicing.refusals import raise_all
from kodonb.capture.slicing.secrets import secrets
from kodonb.capture.slicing.stars import Stars, added
from kodonb.capture.slicing.statements import Cell, Statement, flows, read
from kodonb.capture.slicing.timeline import Timeline
from kodonb.capture.slicing.walk import Walk
from kodonb.capture.slicing.writing import write
from kodonb.capture.sources import Source
from kodonb.model.errors import CaptureError
from kodonb.model.module import Module, Piece


def cut(cells: Sequence[Source], entries: Sequence[Entry], *, folder: Path, resource: str = "") -> Slice:
    """Return the part of a notebook that flows need, as a module; nothing is executed.

    Args:
        cells: The notebook's cells of code, in its order, as they were typed, magics included.
        entries: The flows, at least one.
        folder: The notebook's folder, where local modules and data files are looked for.
        resource: Module whose function `resource` returns the place of a data file, as a text. Literals that name
            one become calls of it; without it they stay, and the files are only told.

    Raises:
        CaptureError: Something cannot come along (KN101, KN102, KN103, KN111, KN118, KN119), or a cell that is
            needed is not Python (KN203). All problems are in the message, with their places and remedies.
    """
    with warnings.catch_warnings():
        # Of escapes such as "\d" in the user's texts: the notebook has told them already.
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        return _cut(cells, entries, folder.resolve(), resource)


def _cut(cells: Sequence[Source], entries: Sequence[Entry], folder: Path, resource: str) -> Slice:
    known, statements = read(cells)
    stars = Stars([folder, *added(statements, folder)])
    timeline = Timeline(known, statements, stars)
    served = [entry.function for entry in entries]
    paths = Paths(folder, statements, served=served, inside=bool(resource))
    judge = Judge(timeline, paths)
    effects = Effects(timeline, judge, flows(known).union(served))
    walk = Walk(timeline, judge, Changes(timeline, effects))
    walk.follow(entries)
    found = [problem for _, problem in sorted(walk.problems, key=lambda each: each[0])]
    raise_all([*found, *(problem for statement in walk.statements for problem in _secrets(statement))])
    imports = settle(walk.taken, timeline, stars)
    planned = plan(walk, imports, timeline, paths, entries=entries, folders=stars.folders, resource=resource)
    text, pieces = write(planned)
    return Slice(
        _module(entries[0].function, text, pieces, folder, stars, resource=resource),
        tuple(served),
        _files(walk, paths),
        left(walk, timeline, paths),
        _cells(walk, timeline.cells),
        planned.imported,
    )


def _module(
    entry: str, text: str, pieces: tuple[Piece, ...], folder: Path, stars: Stars, *, resource: str
) -> Module:
    around = companions(text, folders=stars.folders)
    others = around.others - {resource}
    missing = sorted({name.partition(".")[0] for name in others if not stars.exists(name.partition(".")[0])})
    unknown = [f"module `{name}` was not found here, so what provides it is not known" for name in missing]
    unknown += [
        f"`{name}` is used, which finds names by their text: a slice cannot follow that"
        for name in _seen(text)
    ]
    return Module(
        entry=entry,
        source=text,
        pieces=pieces,
        companions=around.sources,
        packages=packages(others),
        python=platform.python_version(),
        commit=commit(folder),
        notices=(*around.notices, *stranded(around.sources, folder), *unknown),
    )


def _seen(text: str) -> list[str]:
    names = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    return sorted(names & {"eval", "exec", "globals"})


def _secrets(statement: Statement) -> Iterator[CaptureError]:
    for secret in secrets(statement):
        where = statement.cell.where(secret.line)
        own = str(next(iter(sorted(statement.bound.names)), "the code"))
        yield problems.secret(secret.name if secret.name.isidentifier() else own, secret.kind, where)


def _files(walk: Walk, paths: Paths) -> tuple[DataFile, ...]:
    mentions = [paths.of(statement) for statement in walk.statements]
    found = {file for each in mentions for file in (*each.named.values(), *each.kept)}
    folders = {file.name for file in found if file.path.is_dir()}
    # What is in a folder comes with the folder.
    return tuple(
        sorted(file for file in found if not folders & {*map(str, PurePosixPath(file.name).parents)})
    )


def _cells(walk: Walk, cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return the ids of cells that gave lines; of those that share an id, or have none, the numbers."""
    ids = Counter(cell.source.cell for cell in cells)
    gave = sorted({statement.cell.number for statement in walk.statements})
    named = [(number, cells[number].source.cell) for number in gave]
    return tuple(str(number + 1) if cell is None or ids[cell] > 1 else cell for number, cell in named)
