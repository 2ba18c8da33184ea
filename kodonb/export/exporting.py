"""The export itself: read, cut, write, try."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from kodonb.export import targets, writing
from kodonb.export.checking import check
from kodonb.export.making import service_of
from kodonb.export.reading import read
from kodonb.export.service import Files, Service
from kodonb.model.errors import ServiceError

DEFAULT = "k8s"
"""The target that writes everything."""


class Exported(NamedTuple):
    """What became of an export.

    Attributes:
        folder: Where it is.
        service: What was exported.
        files: What was written.
        others: Flows of the notebook that were not.
        tests: What its tests said at the end; empty if they were not run.
    """

    folder: Path
    service: Service
    files: tuple[str, ...]
    others: tuple[str, ...]
    tests: str


class Rendered(NamedTuple):
    """An export that has not been written.

    Attributes:
        service: What is exported.
        files: Its files, the one of provenance included.
        others: Flows of the notebook that are not.
    """

    service: Service
    files: Files
    others: tuple[str, ...]


def render(what: str, *, target: str = DEFAULT, name: str = "", version: str = "") -> Rendered:
    """Return the files of an export; nothing is written and nothing executed.

    Args:
        what: ``notebook.ipynb:flow``, ``file.py`` or ``module``; without ``:flow`` all its flows.
        target: Kind of export.
        name: Name of the service; made from the flow or the file by default.
        version: Its version; the flow's by default.

    Raises:
        UsageError: There is no such file (KN006) or flow (KN002), or the name cannot be taken (KN005).
        CaptureError: The code cannot leave the notebook (KN1xx), with all reasons.
        ServiceError: There is nothing to export (KN701), or no such target (KN704).
    """
    chosen = targets.find(target)
    book = read(what)
    service = service_of(book, name, version)
    return Rendered(service, writing.with_provenance(chosen.files(service), service.provenance), book.others)


def export(
    what: str,
    folder: Path,
    *,
    target: str = DEFAULT,
    name: str = "",
    version: str = "",
    force: bool = False,
    checked: bool = True,
) -> Exported:
    """Write an export, once its tests have passed in an interpreter that has only what is pinned.

    Args:
        what: As of `render`.
        folder: Where it goes; an earlier export there is replaced, files of others stay.
        target: As of `render`.
        name: As of `render`.
        version: As of `render`.
        force: Whether files of an earlier export that were changed by hand may be lost.
        checked: Whether the tests are run.

    Raises:
        UsageError: As of `render`.
        CaptureError: As of `render`.
        ServiceError: As of `render`; the folder is something else, or was changed by hand (KN705); the tests fail
            (KN703), and then nothing is written.
    """
    folder = folder.resolve()
    made = render(what, target=target, name=name, version=version)
    _outside(made.service, folder)
    writing.guard(folder, made.files, force=force)
    tested = checked and any(path.startswith("tests/") for path in made.files)
    with writing.staged(made.files, folder) as new:
        said = check(new, folder) if tested else ""
        writing.replace(new, made.files, folder)
    return Exported(folder, made.service, tuple(sorted(made.files)), made.others, said)


def _outside(service: Service, folder: Path) -> None:
    """Refuse a folder within data that is copied: each export would hold the one before.

    Raises:
        ServiceError: It is (KN705).
    """
    for file in service.slice.files:
        if folder.is_relative_to(file.path.resolve()):
            raise ServiceError(
                f"the export would be part of the data that it copies: {file.name}",
                code="KN705",
                where=str(folder),
                remedy="name a folder outside of it with -o",
            )


def compare(what: str, folder: Path, *, target: str = DEFAULT, name: str = "", version: str = "") -> None:
    """Make sure that an export is what would be written now.

    Raises:
        ServiceError: It is not (KN702); how is in the error's notes. It is no export (KN705).
    """
    if writing.hashes(folder) is None:
        raise ServiceError(
            f"{folder} is not an export of kodonb",
            code="KN705",
            where=str(folder),
            remedy="export first, without --check",
        )
    made = render(what, target=target, name=name, version=version)
    lines = list(writing.differences(made.files, folder))
    if lines:
        error = ServiceError(
            f"{folder} is not what {what} gives now",
            code="KN702",
            where=str(folder),
            remedy="export again, without --check",
        )
        error.add_note("\n".join(lines))
        raise error
