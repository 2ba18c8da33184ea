"""Writes an export into its folder, and knows what it wrote there before."""

from __future__ import annotations

import difflib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kodonb.export.service import Files
from kodonb.model.errors import ServiceError

PROVENANCE: Final = "provenance.json"
_MADE: Final = frozenset({"__pycache__", ".pytest_cache"})  # what running leaves behind


def with_provenance(files: Files, provenance: Mapping[str, Any]) -> Files:
    """Return files with the one that tells where they come from, and their hashes."""
    hashes = {name: _digest(body) for name, body in sorted(files.items())}
    told = json.dumps({**provenance, "files": hashes}, indent=2, ensure_ascii=False)
    return {**files, PROVENANCE: told + "\n"}


def stage(files: Files, folder: Path) -> Path:
    """Write files into a new folder beside the one that they are for, and return it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    for name, body in files.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    made.chmod(0o755)
    return made


def guard(folder: Path, *, force: bool = False) -> None:
    """Make sure that nothing of anybody's is lost when a folder is written anew.

    Raises:
        ServiceError: It holds something else than an export, or files of the export were changed (KN705).
    """
    if not folder.exists() or not any(folder.iterdir()):
        return
    known = hashes(folder)
    if known is None:
        raise ServiceError(
            f"{folder} exists and is not an export of kodonb",
            code="KN705",
            where=str(folder),
            remedy="name another folder with -o, or remove this one",
        )
    changed = [name for name, digest in known.items() if _changed(folder / name, digest)]
    if changed and not force:
        raise ServiceError(
            f"files of the export were changed by hand: {', '.join(changed)}",
            code="KN705",
            where=str(folder),
            remedy="move the changes into the notebook or into files of your own, or give them up with --force",
        )


def hashes(folder: Path) -> dict[str, str] | None:
    """Return the files that an export wrote into a folder, with their SHA-256; `None` if it is no export."""
    try:
        told = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        return dict(told["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def replace(staged: Path, folder: Path) -> None:
    """Put what was staged in the place of the last export; files of others in the folder stay."""
    old = hashes(folder) or {}
    for path in [path for path in staged.rglob("*") if path.is_file() and not _MADE & set(path.parts)]:
        target = folder / path.relative_to(staged)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    new = hashes(folder) or {}
    for name in old.keys() - new.keys():
        (folder / name).unlink(missing_ok=True)
        _tidy((folder / name).parent, folder)
    shutil.rmtree(staged)


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


def _changed(path: Path, digest: str) -> bool:
    return path.is_file() and _digest(path.read_bytes()) != digest


def _digest(body: str | bytes) -> str:
    return hashlib.sha256(body.encode() if isinstance(body, str) else body).hexdigest()


def _tidy(folder: Path, top: Path) -> None:
    """Remove a folder that has become empty, and those above it."""
    while folder != top and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
