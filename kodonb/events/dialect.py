"""What SQLite and PostgreSQL do differently."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import sqlalchemy as sa

from kodonb.events import schema
from kodonb.model.errors import StoreError

Keyed = tuple[int, int, str, str, bytes]
"""Key, time, kind, source and payload of an event."""

COLUMNS = "key, at, kind, source, payload"


class Dialect(Protocol):
    """The seam between the event log and a database."""

    alone: bool
    """Whether the database has one connection only, so that readers wait for the writer."""

    def engine(self, url: str, patience: float) -> sa.Engine:
        """Return connections to the database; `patience` are seconds to wait for its locks."""

    def writing(self, engine: sa.Engine, *, hurry: bool = False) -> AbstractContextManager[sa.Connection]:
        """Hold the one writing transaction; it is committed at the end, or forgotten if that is an error.

        With `hurry` what is committed outlives this process at once, and a power cut after `sync`.
        """

    def close(self, engine: sa.Engine) -> None:
        """Close all connections."""

    def sync(self) -> None:
        """Wait until all that was committed is on disk."""

    def errors(self) -> AbstractContextManager[None]:
        """Return a context that turns the database's errors into `StoreError`."""

    def insert_events(self, connection: sa.Connection, rows: Sequence[Keyed]) -> None:
        """Insert events the fastest way there is."""

    def select_events(
        self, connection: sa.Connection, first: int, last: int, limit: int | None, kinds: Sequence[str] | None
    ) -> Sequence[Keyed]:
        """Return the events with keys from `first` to `last`, in order."""


def selection(mark: str, limit: int | None, kinds: Sequence[str] | None) -> str:
    """Return the statement that selects events, with `mark` as placeholder."""
    some = f" AND kind IN ({', '.join([mark] * len(kinds))})" if kinds else ""
    most = "" if limit is None else f" LIMIT {limit:d}"
    return f"SELECT {COLUMNS} FROM event WHERE key BETWEEN {mark} AND {mark}{some} ORDER BY key{most}"  # noqa: S608 - no value comes from outside


def prepare(dialect: Dialect, engine: sa.Engine, payload_as_text: str) -> None:
    """Create the tables, or check that they are of this version.

    Raises:
        StoreError: A newer kodonb made them (KN503).
    """
    with engine.connect() as connection:
        found = _version(connection)
    if found is None:
        with dialect.writing(engine) as connection:
            if _version(connection) is None:
                schema.tables.create_all(connection)
                connection.execute(sa.insert(schema.version).values(version=schema.VERSION))
                connection.exec_driver_sql(schema.VIEW.format(text=payload_as_text))
    elif found > schema.VERSION:
        raise StoreError(
            f"the store has schema {found}, this kodonb knows {schema.VERSION}",
            code="KN503",
            where=engine.url.render_as_string(),
            remedy="upgrade kodonb, or name another store by KODONB_HOME or KODONB_STORE",
        )


def _version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(schema.version.name):
        return None
    found: Any = connection.execute(sa.select(schema.version.c.version)).scalar()
    return None if found is None else int(found)
