"""Artifacts: what is too large for an event, kept beside the log under its hash."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

import sqlalchemy as sa

from kodonb.events import schema
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError
from kodonb.model.settings import Settings

# Two processes may keep the same bytes at the same time.
_PUT: Final = sa.text("INSERT INTO artifact (sha, body) VALUES (:sha, :body) ON CONFLICT (sha) DO NOTHING")
_PIECE: Final = 1024 * 1024


class Artifacts(Protocol):
    """Where artifacts are kept."""

    def put(self, body: bytes) -> str:
        """Keep bytes and return their SHA-256."""

    def get(self, sha: str) -> bytes:
        """Return the bytes of a SHA-256.

        Raises:
            StoreError: They are not there (KN505).
        """

    def put_file(self, path: Path) -> str:
        """Keep the bytes of a file, which stays as it is, and return their SHA-256."""

    def size(self, sha: str) -> int:
        """Return how many bytes a SHA-256 stands for.

        Raises:
            StoreError: They are not there (KN505).
        """

    def part(self, sha: str, start: int, length: int) -> bytes:
        """Return some of the bytes of a SHA-256, fewer at their end.

        Raises:
            StoreError: They are not there (KN505).
        """

    def close(self) -> None:
        """Release what is held."""


class FileArtifacts:
    """Artifacts as files, two levels deep, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, sha: str) -> Path:
        return self.folder / sha[:2] / sha

    def put(self, body: bytes) -> str:
        """Keep bytes and return their SHA-256."""
        sha = hashlib.sha256(body).hexdigest()
        with self._writing():
            self._keep(sha, io.BytesIO(body))
        return sha

    def put_file(self, path: Path) -> str:
        """Keep the bytes of a file and return their SHA-256; only a piece of them is in memory at a time."""
        with self._writing(), path.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._keep(sha, file)
        return sha

    def get(self, sha: str) -> bytes:
        """Return the bytes of a SHA-256."""
        with self._reading(sha):
            return self._path(sha).read_bytes()

    def size(self, sha: str) -> int:
        """Return how many bytes a SHA-256 stands for."""
        with self._reading(sha):
            return self._path(sha).stat().st_size

    def part(self, sha: str, start: int, length: int) -> bytes:
        """Return some of the bytes of a SHA-256."""
        with self._reading(sha), self._path(sha).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def _keep(self, sha: str, body: BinaryIO) -> None:
        path = self._path(sha)
        if path.exists():
            path.touch()  # pruning spares what was put just now
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_whole(path, body)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"an artifact cannot be written: {error.strerror}",
                where=str(self.folder),
                code="KN501" if error.errno == errno.ENOSPC else "KN504",
                remedy="free some space or check the permissions",
            ) from error

    @contextmanager
    def _reading(self, sha: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise _missing(sha, str(self.folder)) from None
        except OSError as error:
            raise StoreError(
                f"an artifact cannot be read: {error.strerror}",
                where=str(self.folder),
                remedy="check the permissions of the folder",
            ) from error

    def close(self) -> None:
        """Release nothing: files are open only while they are read or written."""


class SqlArtifacts:
    """Artifacts in the database of the log.

    Args:
        log: The log.
        own: Whether nobody else closes the log.
    """

    def __init__(self, log: SqlLog, *, own: bool = False) -> None:
        self._log = log
        self._own = own

    def put(self, body: bytes) -> str:
        """Keep bytes and return their SHA-256."""
        sha = hashlib.sha256(body).hexdigest()
        with self._log.writing() as connection:
            connection.execute(_PUT, {"sha": sha, "body": body})
        return sha

    def get(self, sha: str) -> bytes:
        """Return the bytes of a SHA-256."""
        return bytes(self._asked(schema.artifact.c.body, sha))

    def put_file(self, path: Path) -> str:
        """Keep the bytes of a file and return their SHA-256.

        A value of PostgreSQL is sent whole: all of the file is in memory for a moment, and it must be less than 1 GiB.
        """
        return self.put(path.read_bytes())

    def size(self, sha: str) -> int:
        """Return how many bytes a SHA-256 stands for."""
        return int(self._asked(sa.func.length(schema.artifact.c.body), sha))

    def part(self, sha: str, start: int, length: int) -> bytes:
        """Return some of the bytes of a SHA-256; only they leave the database."""
        return bytes(self._asked(sa.func.substr(schema.artifact.c.body, start + 1, length), sha))

    def _asked(self, what: sa.ColumnElement[Any], sha: str) -> Any:
        with self._log.reading() as connection:
            found = connection.execute(sa.select(what).where(schema.artifact.c.sha == sha)).scalar()
        if found is None:
            raise _missing(sha, self._log.url)
        return found

    def close(self) -> None:
        """Close the log if nobody else does."""
        if self._own:
            self._log.close()


def artifacts_for(settings: Settings, log: SqlLog | None = None) -> Artifacts:
    """Return where the artifacts of an instance are kept: files beside SQLite, else its database.

    Args:
        settings: The instance.
        log: Its log, if it is open already.
    """
    if settings.store.startswith("sqlite"):
        return FileArtifacts(settings.artifacts)
    return SqlArtifacts(SqlLog(settings.store) if log is None else log, own=log is None)


def _write_whole(path: Path, body: BinaryIO) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(body, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())
        Path(name).rename(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _missing(sha: str, where: str) -> StoreError:
    return StoreError(
        f"artifact {sha[:12]}… is missing",
        code="KN505",
        where=where,
        remedy="it was pruned, or the store was moved without its artifacts folder",
    )
