"""Databases that SQLAlchemy reaches, read-only: SQLite, PostgreSQL, MySQL and others.

Whatever a query does, nothing of it stays: the transaction is a read-only one where the database knows such, and rolled
back everywhere.
"""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from kodonb.kumeo.agents.contexts.duck import MOST
from kodonb.kumeo.agents.contexts.statement import Statement, refused
from kodonb.kumeo.agents.errors import AgentError, declared_wrongly

_READ_ONLY: Final = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}
_MYSQL: Final = "SET SESSION max_execution_time = :most"
_MARIADB: Final = "SET SESSION max_statement_time = :most / 1000"
# A transaction that only reads does not keep MySQL from writing files.
_WRITES: Final = re.compile(r"\binto\s+(?:outfile|dumpfile)\b", re.IGNORECASE)
_MAY: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_MAY_NOT: Final = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


class Alchemy:
    """A database that one query runs on.

    Args:
        query: The query.
        url: SQLAlchemy URL of the database.
        where: The agent or workflow.
        timeout: Seconds that a query may take.
    """

    def __init__(self, query: Statement, url: str, where: str, timeout: float = 30.0) -> None:
        self._query = query
        self._timeout = timeout
        text = query.text(":v{}".format, lambda plain: plain.replace("\\", "\\\\").replace(":", "\\:"))
        self._text = sa.text(text)
        if url.startswith(("mysql", "mariadb")) and _WRITES.search(text):
            raise refused("a query must read: INTO OUTFILE and INTO DUMPFILE write a file")
        try:
            self._engine = sa.create_engine(_read_only(sa.make_url(url)), **_options(url, timeout))
        except (SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
            # An error over a value repeats it, and it may be a part of the password.
            why = "its URL is malformed" if isinstance(error, ValueError) else _first(error)
            message = f"the database cannot be reached: {why}"
            raise declared_wrongly(
                message, "write e.g. sqlite:///file.db or postgresql://host/name", where=where
            ) from None
        if self._engine.dialect.name == "sqlite":
            sa.event.listen(self._engine, "connect", _shut_in)

    async def run(self, fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """Return rows, and whether there were more than `MOST`.

        Raises:
            AgentError: The query failed, or took too long (KN810).
        """
        values = {f"v{number}": value for number, value in enumerate(self._query.values(fields))}
        try:
            rows = await asyncio.wait_for(asyncio.to_thread(self._rows, values), self._timeout + 1)
        except TimeoutError:
            raise refused("the query took too long", "make it simpler") from None
        except SQLAlchemyError as error:
            message = f"the query failed: {_first(error)}"
            transient = isinstance(error, sa.exc.OperationalError)
            remedy = "correct the query, or see whether the database runs"
            raise AgentError(message, code="KN810", remedy=remedy, transient=transient) from None
        return rows[:MOST], len(rows) > MOST

    def _rows(self, values: dict[str, Any]) -> list[dict[str, Any]]:
        with self._engine.connect() as connection:
            _limited(connection, self._timeout)
            begin = _READ_ONLY.get(connection.dialect.name)
            if begin:
                connection.execute(sa.text(begin))
            try:
                found = connection.execute(self._text, values).mappings().fetchmany(MOST + 1)
                return [{str(name): plain(value) for name, value in row.items()} for row in found]
            finally:
                connection.rollback()

    async def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _read_only(url: sa.URL) -> sa.URL:
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return url
    name = url.database.removeprefix("file:")
    quoted = name.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    return url.set(database=f"file:{quoted}", query={"mode": "ro", "uri": "true"})


def _options(url: str, timeout: float) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": timeout, "check_same_thread": False}}
    if url.startswith("postgresql"):
        options = f"-c statement_timeout={_milliseconds(timeout)} -c default_transaction_read_only=on"
        return {"connect_args": {"options": options}, "pool_pre_ping": True}
    return {"pool_pre_ping": True}


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))  # 0 would mean that there is no limit


def _shut_in(connection: Any, _: Any) -> None:
    """Let SQLite do nothing but read."""
    connection.set_authorizer(_allowed)


def _limited(connection: sa.Connection, seconds: float) -> None:
    """Let the database stop a statement that takes too long; PostgreSQL is told when it is connected to."""
    dialect: Any = connection.dialect
    if dialect.name == "sqlite":
        end = monotonic() + seconds
        driver: Any = connection.connection.driver_connection
        driver.set_progress_handler(lambda: monotonic() > end, 100_000)
    elif dialect.name in {"mysql", "mariadb"} and "kodonb" not in connection.info:
        # Which of the two it is says the server: addresses of MariaDB may begin with mysql as well.
        limit = sa.text(_MARIADB if dialect.is_mariadb else _MYSQL)
        connection.execute(limit, {"most": _milliseconds(seconds)})
        connection.info["kodonb"] = "limited"


def _allowed(action: int, first: str | None, second: str | None, *_: Any) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or first or "").lower() in _MAY_NOT:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY


def _first(error: BaseException) -> str:
    said = getattr(error, "orig", None) or error
    return (str(said).strip().splitlines() or [type(error).__name__])[0][:300]


def plain(value: Any) -> Any:
    """Return a value of a database as JSON has it."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() and abs(value) < 1 << 53 else float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        return json.loads(json.dumps(value, default=str))
    return value if value is None or isinstance(value, str | int | float) else str(value)
