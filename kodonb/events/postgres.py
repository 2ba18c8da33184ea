"""The event log on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from kodonb.events.dialect import COLUMNS, Keyed, selection
from kodonb.model.errors import StoreError

_COPY: Final = f"COPY event ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
_TYPES: Final = ("int8", "int8", "text", "text", "bytea")
_FULL: Final = "53100"  # disk_full
_CORRUPT: Final = ("XX001", "XX002")  # data_corrupted, index_corrupted


class Postgres:
    """PostgreSQL by psycopg 3: events are copied in, one writer by design."""

    alone: bool = False
    payload_as_text: Final = "convert_from(event.payload, 'UTF8')"

    def __init__(self, url: str) -> None:
        self._where = sa.make_url(url).render_as_string(hide_password=True)

    def engine(self, url: str, patience: float) -> sa.Engine:
        """Return connections to the server."""
        driver = sa.make_url(url).set(drivername="postgresql+psycopg")
        try:
            return sa.create_engine(
                driver,
                pool_pre_ping=True,
                connect_args={"connect_timeout": 10, "options": f"-c lock_timeout={int(patience * 1000)}"},
            )
        except ModuleNotFoundError as error:
            raise StoreError(
                "the PostgreSQL driver is not installed",
                code="KN506",
                where=self._where,
                remedy="pip install 'kodonb[postgres]'",
            ) from error

    def writing(self, engine: sa.Engine, *, hurry: bool = False) -> AbstractContextManager[sa.Connection]:  # noqa: ARG002 - the server decides
        """Hold a transaction: PostgreSQL's need no announcement."""
        return engine.begin()

    def close(self, engine: sa.Engine) -> None:
        """Close all connections."""
        engine.dispose()

    def sync(self) -> None:
        """Do nothing: what the server has committed is as safe as it is set to make it."""

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turn PostgreSQL's errors into `StoreError`."""
        import psycopg  # noqa: PLC0415 - an optional dependency

        try:
            yield
        except (DBAPIError, psycopg.Error) as error:
            raise self._error(error) from error

    def _error(self, error: Any) -> StoreError:
        cause = getattr(error, "orig", None) or error
        state = getattr(cause, "sqlstate", None)
        if state == _FULL:
            return StoreError(
                "the disk of the store is full",
                code="KN501",
                where=self._where,
                remedy="free some space; nothing that was kept is lost",
            )
        if state in _CORRUPT:
            return StoreError(
                "the store is damaged",
                code="KN502",
                where=self._where,
                remedy="restore the database from its backup",
            )
        if state is None:
            return StoreError(
                "the store cannot be reached",
                code="KN506",
                where=self._where,
                remedy="check that the server runs and that KODONB_STORE names it",
            )
        return StoreError(
            f"the store failed: {cause}".strip(),
            code="KN504",
            where=self._where,
            remedy="check the rights of the user on the database",
        )

    def insert_events(self, connection: sa.Connection, rows: Sequence[Keyed]) -> None:
        """Insert by binary COPY."""
        with connection.connection.cursor() as cursor, cursor.copy(_COPY) as copy:  # type: ignore[attr-defined]
            copy.set_types(_TYPES)
            for row in rows:
                copy.write_row(row)

    def select_events(
        self, connection: sa.Connection, first: int, last: int, limit: int | None, kinds: Sequence[str] | None
    ) -> Sequence[Keyed]:
        """Select through the driver itself."""
        cursor = connection.connection.cursor()
        cursor.execute(selection("%s", limit, kinds), (first, last, *(kinds or ())))
        return cursor.fetchall()
