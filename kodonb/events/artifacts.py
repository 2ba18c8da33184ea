"""Artifacts: what is too large for an event, kept beside the log under its hash."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final, Protocol

import sqlalchemy as sa

from kodonb.events import schema
from kodonb.events.sql import SqlLog
from kodonb.model.errors import StoreError
from kodonb.model.settings import Settings

# Two processes may keep the same bytes at the same time.
_PUT: Final = sa.text("INSERT INTO artifact (sha, body) VALUES (:sha, :body) ON CONFLICT (sha) DO NOTHING")


class Artifacts(Protocol):
    """Where artifacts are kept."""

    def put(self, body: bytes) -> str:
        """Keep bytes and return their SHA-256."""

    def get(self, sha: str) -> bytes:
        """Return the bytes of a SHA-256.

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
        path = self._path(sha)
        try:
            if path.exists():
                path.touch()  # pruning spares what was put just now
            else:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                _write_whole(path, body)
        except OSError as error:
            raise StoreError(
                f"an artifact cannot be written: {error.strerror}",
                where=str(self.folder),
                code="KN501" if error.errno == errno.ENOSPC else "KN504",
                remedy="free some space or check the permissions",
            ) from error
        return sha

    def get(self, sha: str) -> bytes:
        """Return the bytes of a SHA-256."""
        try:
            return self._path(sha).read_bytes()
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
        with self._log.reading() as connection:
            body = connection.execute(
                sa.select(schema.artifact.c.body).where(schema.artifact.c.sha == sha)
            ).scalar()
        if body is None:
            raise _missing(sha, self._log.url)
        return bytes(body)

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


def _write_whole(path: Path, body: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
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
