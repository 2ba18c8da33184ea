"""Writes an export into its folder, and knows what it wrote there before."""

from __future__ import annotations

import difflib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kodonb.export.service import Files
from kodonb.model.errors import ServiceError

PROVENANCE: Final = "provenance.json"


def with_provenance(files: Files, provenance: Mapping[str, Any]) -> Files:
    """Return files with the one that tells where they come from, and their hashes."""
    hashes = {name: _digest(body) for name, body in sorted(files.items())}
    told = json.dumps({**provenance, "files": hashes}, indent=2, ensure_ascii=False)
    return {**files, PROVENANCE: told + "\n"}


@contextmanager
def staged(files: Files, folder: Path) -> Iterator[Path]:
    """Hold files in a new folder beside the one that they are for; it is gone afterwards.

    Raises:
        ServiceError: Nothing can be written there (KN705).
    """
    with (
        _written(folder),
        tempfile.TemporaryDirectory(
            prefix=f".{folder.name}.", dir=_parent(folder), ignore_cleanup_errors=True
        ) as name,
    ):
        made = Path(name)
        for path, body in files.items():
            target = made / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(body.encode() if isinstance(body, str) else body)
        yield made


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """Say of an error of the file system what it hinders."""
    try:
        yield
    except OSError as error:
        raise ServiceError(
            f"{folder} cannot be written: {error.strerror or error}",
            code="KN705",
            where=str(folder),
            remedy="name another folder with -o, or make room for it",
        ) from error


def _parent(folder: Path) -> Path:
    """Return the folder in which files wait: the parent, unless it is another file system, or not ours."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.is_dir():
        same = folder.stat().st_dev == folder.parent.stat().st_dev
        return folder.parent if same and os.access(folder.parent, os.W_OK) else folder
    return folder.parent


def guard(folder: Path, files: Files, *, force: bool = False) -> None:
    """Make sure that nothing of anybody's is lost when an export is written.

    Args:
        folder: Where it goes.
        files: What is written.
        force: Whether files of the last export that were changed may be lost, and others of the same names.

    Raises:
        ServiceError: The folder holds something else than an export, or files that would be lost (KN705).
    """
    if folder.exists() and not folder.is_dir():
        raise _elsewhere(folder, "is a file")
    if not folder.exists() or not any(folder.iterdir()):
        return
    known = hashes(folder)
    if known is None:
        raise _elsewhere(folder, "exists and is not an export of kodonb")
    changed = [name for name, digest in known.items() if _differs(folder / name, digest)]
    foreign = [name for name in files.keys() - known.keys() - {PROVENANCE} if (folder / name).exists()]
    lost = sorted([*changed, *(name for name in foreign if _differs(folder / name, _digest(files[name])))])
    if lost and not force:
        raise ServiceError(
            f"files would be lost that were written or changed by hand: {', '.join(lost)}",
            code="KN705",
            where=str(folder),
            remedy="move the changes into the notebook or into files of other names, or give them up with --force",
        )


def _elsewhere(folder: Path, what: str) -> ServiceError:
    return ServiceError(
        f"{folder} {what}",
        code="KN705",
        where=str(folder),
        remedy="name another folder with -o, or remove this",
    )


def hashes(folder: Path) -> dict[str, str] | None:
    """Return the files that an export wrote into a folder, with their SHA-256; `None` if it is no export."""
    try:
        told = dict(json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    # Anybody may have written there: what lies outside is none of ours.
    top = folder.resolve()
    return {name: digest for name, digest in told.items() if (top / name).resolve().is_relative_to(top)}


def replace(made: Path, files: Files, folder: Path) -> None:
    """Put what was staged in the place of the last export; files of others in the folder stay.

    Raises:
        ServiceError: Nothing can be written there (KN705).
    """
    with _written(folder):
        for name in (hashes(folder) or {}).keys() - files.keys():
            (folder / name).unlink(missing_ok=True)
            _tidy((folder / name).parent, folder)
        for name in files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (made / name).replace(target)


def differences(files: Files, folder: Path) -> Iterator[str]:
    """Yield how files differ from those of a folder, as the lines of a unified diff.

    The commit is left out: it differs as soon as the export itself has been committed.
    """
    old = hashes(folder) or {}
    for name in sorted({*files, *old, PROVENANCE}):
        before, after = _text(folder / name, name), _told(files.get(name), name)
        if before != after:
            yield from difflib.unified_diff(
                before.splitlines(), after.splitlines(), f"{name} (written)", f"{name} (now)", lineterm=""
            )


def _text(path: Path, name: str) -> str:
    return _told(path.read_bytes(), name) if path.is_file() else ""


def _told(body: str | bytes | None, name: str) -> str:
    if body is None:
        return ""
    if isinstance(body, bytes):
        try:
            body = body.decode()
        except UnicodeDecodeError:
            return f"binary, sha256 {_digest(body)}\n"
    return _without_commit(body) if name == PROVENANCE else body


def _without_commit(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith('  "commit":')) + "\n"


def _differs(path: Path, digest: str) -> bool:
    return path.is_file() and _digest(path.read_bytes()) != digest


def _digest(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def _tidy(folder: Path, top: Path) -> None:
    """Remove a folder that has become empty, and those above it."""
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
