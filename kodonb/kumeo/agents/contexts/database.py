"""Database: rows of a query, with values of the event bound to it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

import pydantic

from kodonb.kumeo.agents.contexts.alchemy import Alchemy
from kodonb.kumeo.agents.contexts.duck import MOST, Duck
from kodonb.kumeo.agents.contexts.statement import Statement, statement
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.protocol import Site
from kodonb.kumeo.agents.saying import warn
from kodonb.kumeo.agents.sections import data_file, existing, section_of

_LITE: Final = frozenset({".sqlite", ".sqlite3", ".db", ".db3"})
_DUCK: Final = frozenset({".duckdb", ".ddb"})


class DatabaseParameters(Record):
    """Arguments of a Database.

    Attributes:
        connection: SQLAlchemy URL, ``duckdb:///file``, a file of SQLite or DuckDB, or a name of ``data``. Take what is
            secret in it from the environment: ``"${env.DATABASE_URL}"``.
        query: One statement that reads, with ``{{field}}`` where values are bound.
        timeout: Seconds that it may take.
    """

    positional: ClassVar[tuple[str, ...]] = ("connection", "query")

    connection: str
    query: str
    timeout: float = pydantic.Field(30.0, gt=0, allow_inf_nan=False)


class _Reader(Protocol):
    async def run(self, fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]: ...

    async def close(self) -> None: ...


class Database:
    """Rows of a query.

    Args:
        arguments: Its arguments.
    """

    parameters: ClassVar[type[Record]] = DatabaseParameters

    def __init__(self, arguments: DatabaseParameters) -> None:
        self.arguments = arguments
        self._reader: _Reader | None = None

    async def open(self, site: Site) -> None:
        """Connect.

        Raises:
            AgentError: The connection is none (KN802), or the query does something else than reading (KN810).
        """
        self._site = site
        self._told = False
        query = statement(self.arguments.query)
        self._reader = _reader(site, query, self.arguments)

    async def look(self, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return rows as objects, at most 10,000.

        Raises:
            AgentError: The query failed (KN810).
        """
        assert self._reader is not None
        rows, more = await self._reader.run(fields)
        if more and not self._told:
            self._told = True
            warn(self._site, f"a query has more than {MOST:,} rows: the others are left out")
        return rows

    async def close(self) -> None:
        """Close all connections."""
        if self._reader is not None:
            await self._reader.close()
            self._reader = None


def _reader(site: Site, query: Statement, said: DatabaseParameters) -> _Reader:
    url = said.connection
    if url.startswith("duckdb:///"):
        return _duck(existing(site.folder / url.removeprefix("duckdb:///")), query, said)
    if url.startswith("sqlite:///") and url != "sqlite:///:memory:":
        file = existing(site.folder / url.removeprefix("sqlite:///"))
        return Alchemy(query, f"sqlite:///{file.resolve()}", site.agent, said.timeout)
    if "://" in url:
        return Alchemy(query, url, site.agent, said.timeout)
    return _of_file(site, query, said)


def _of_file(site: Site, query: Statement, said: DatabaseParameters) -> _Reader:
    name = said.connection
    if name in site.sections.get("data", {}):
        name = f"data.{name}"
    file = data_file(site, name) if section_of(name) == "data" else site.folder / name
    if file.suffix.lower() in _DUCK:
        return _duck(existing(file), query, said)
    if file.suffix.lower() in _LITE:
        return Alchemy(query, f"sqlite:///{existing(file).resolve()}", site.agent, said.timeout)
    remedy = "write a URL, a file that ends in .duckdb or .db, or a name of data"
    shown = said.connection.rpartition("@")[2]  # before it may stand a password
    raise declared_wrongly(f"{shown!r} is no database", remedy, where=site.agent)


def _duck(file: Path, query: Statement, said: DatabaseParameters) -> Duck:
    return Duck(query, database=file.resolve(), timeout=said.timeout)
