"""The event log on SQLite, in WAL mode."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from kodonb.events.dialect import Keyed, selection
from kodonb.model.errors import StoreError

_INSERT: Final = "INSERT INTO event VALUES (?, ?, ?, ?, ?)"
_WAITS: Final = "PRAGMA synchronous=FULL"  # commits wait for the disk
_HURRIES: Final = "PRAGMA synchronous=NORMAL"  # commits do not
_PAUSE: Final = 0.002  # seconds until a lock is asked for again
_WRITER: Final = "kodonb_writer"


class Sqlite:
    """SQLite: one file, one writer at a time, readers never wait."""

    payload_as_text: Final = "CAST(event.payload AS TEXT)"

    def __init__(self, url: str) -> None:
        self.path = sa.make_url(url).database
        self.alone = self.path in {None, "", ":memory:"}
        self._patience = 0.0
        self._writer: sa.Connection | None = None

    def engine(self, url: str, patience: float) -> sa.Engine:
        """Return connections to the file; its folder is made, readable by its owner alone."""
        self._patience = patience
        connect = {"timeout": patience, "check_same_thread": False}
        if self.alone:
            engine = sa.create_engine("sqlite://", connect_args=connect, poolclass=StaticPool)
        else:
            with self.errors():
                Path(str(self.path)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            engine = sa.create_engine(url, connect_args=connect)
        sa.event.listen(engine, "connect", _configure)
        sa.event.listen(engine, "begin", _begin)
        return engine

    @contextmanager
    def writing(self, engine: sa.Engine, *, hurry: bool = False) -> Iterator[sa.Connection]:
        """Hold the one writing transaction, on a connection that is kept.

        The driver begins and ends it: what SQLAlchemy does for that takes several times as long.
        """
        if self._writer is None:
            self._writer = engine.connect().execution_options(**{_WRITER: True})
            _driver(self._writer).execute("PRAGMA busy_timeout=0")
        driver = _driver(self._writer)
        if not hurry:
            driver.execute(_WAITS)
        _lock(driver, time.monotonic() + self._patience)
        try:
            yield self._writer
            driver.execute("COMMIT")
        finally:
            self._writer.rollback()  # what SQLAlchemy has begun in between
            driver.rollback()
            if not hurry:
                driver.execute(_HURRIES)  # now: whoever is in a hurry has no time for it

    def close(self, engine: sa.Engine) -> None:
        """Close all connections."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        engine.dispose()

    def sync(self) -> None:
        """Wait until all that was committed is on disk."""
        # SQLite locks no byte of this file: closing it here lets go of nothing that a connection holds.
        with self.errors(), suppress(FileNotFoundError):
            log = os.open(f"{self.path}-wal", os.O_RDONLY)
            try:
                os.fsync(log)
            finally:
                os.close(log)

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn SQLite's errors into `StoreError`."""
        try:
            yield
        except DBAPIError as error:
            raise self._error(error.orig or error) from error
        except (sqlite3.Error, OSError) as error:
            raise self._error(error) from error

    def _error(self, error: BaseException) -> StoreError:
        text = str(error).lower()
        for words, code, message, remedy in _REASONS:
            if any(word in text for word in words):
                return StoreError(message, code=code, where=str(self.path), remedy=remedy)
        return StoreError(
            f"the store failed: {error}",
            code="KN504",
            where=str(self.path),
            remedy="check the file, its folder and the disk",
        )

    def insert_events(self, connection: sa.Connection, rows: Sequence[Keyed]) -> None:
        """Insert by `executemany` of the driver itself."""
        # The driver looks for an adapter for all but a few types, of which bytearray is one and bytes is not.
        bound = [(key, at, kind, source, bytearray(payload)) for key, at, kind, source, payload in rows]
        connection.connection.cursor().executemany(_INSERT, bound)

    def select_events(
        self, connection: sa.Connection, first: int, last: int, limit: int | None, kinds: Sequence[str] | None
    ) -> Sequence[Keyed]:
        """Select through the driver itself."""
        cursor = connection.connection.cursor()
        cursor.execute(selection("?", limit, kinds), (first, last, *(kinds or ())))
        return cursor.fetchall()


_REASONS: Final = (
    (
        ("disk is full", "no space left"),
        "KN501",
        "the disk is full",
        "free some space; nothing that was kept is lost",
    ),
    (
        ("malformed", "not a database", "file is encrypted"),
        "KN502",
        "the store is damaged",
        "move the file away, or recover it with: sqlite3 events.db .recover",
    ),
    (
        ("locked", "busy"),
        "KN504",
        "the store is locked by another process",
        "end that process, then try again",
    ),
    (
        ("readonly", "read-only", "unable to open", "permission denied", "not a directory"),
        "KN504",
        "the store cannot be opened for writing",
        "check the permissions of the file and its folder, or set KODONB_HOME",
    ),
)


_PRAGMAS: Final = (
    "page_size=16384",  # of a new store: fewer calls of the system for the same bytes
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "cache_size=-16000",  # KiB
    "wal_autocheckpoint=1000",  # pages
)


def _configure(connection: Any, _: object) -> None:
    # Transactions are begun by `_begin`, never by the driver behind our back.
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get(_WRITER):
        _driver(connection).execute("BEGIN")


def _lock(driver: sqlite3.Connection, until: float) -> None:
    """Begin a transaction that writes; a reader that became a writer could be refused at once, whatever the timeout.

    SQLite would ask for the lock ten times a second. Who does so gets none beside one that commits all the time.
    """
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection)
