"""DuckDB, shut in: it reads the files that it is given, and nothing else; it writes nothing and loads nothing.

Settings: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kodonb.kumeo.agents.contexts.statement import Statement, refused
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.packages import package

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")

MOST: Final = 10_000
"""Most rows that a query returns."""

_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # names in a query never mean variables of ours
    "memory_limit": "512MB",
    "threads": "1",
    "temp_directory": "",
}


class Duck:
    """A database that one query runs on.

    Args:
        query: The query.
        database: A DuckDB file; none for a database in memory.
        files: Files that the query may read.
        views: Name of a table in the schema `data` -> its file.
        timeout: Seconds that a query may take.
    """

    def __init__(
        self,
        query: Statement,
        *,
        database: Path | None = None,
        files: Sequence[Path] = (),
        views: Mapping[str, Path] | None = None,
        timeout: float = 30.0,
    ) -> None:
        self._timeout = timeout
        self._running: set[asyncio.Future[Any]] = set()
        duck = package("duckdb")
        self._errors: type[Exception] = duck.Error
        text = query.text(lambda number: f"${number + 1}")
        self._query = query
        try:
            _check(duck, text)
            self._base = _shut_in(duck, database, files, views or {})
        except duck.Error as error:
            raise _failed(error) from None
        # Rows come back as JSON text: times, decimals and lists of any depth need no translation of ours.
        self._text = f"SELECT to_json(_row)::VARCHAR FROM (\n{text}\n) _row LIMIT {MOST + 1}"  # noqa: S608 - checked above

    async def run(self, fields: Mapping[str, Any]) -> tuple[list[dict[str, Any]], bool]:
        """Return rows, and whether there were more than `MOST`.

        Raises:
            AgentError: The query failed, or took too long (KN810).
        """
        cursor = self._base.cursor()
        timer = asyncio.get_running_loop().call_later(self._timeout, cursor.interrupt)
        try:
            rows = await self._waited(asyncio.to_thread(self._rows, cursor, self._query.values(fields)))
        except asyncio.CancelledError:
            cursor.interrupt()
            raise
        except self._errors as error:
            raise _failed(error) from None
        finally:
            timer.cancel()
        return rows[:MOST], len(rows) > MOST

    def _rows(self, cursor: duckdb.DuckDBPyConnection, values: list[Any]) -> list[dict[str, Any]]:
        with cursor:
            return [json.loads(row) for (row,) in cursor.execute(self._text, values or None).fetchall()]

    async def _waited(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for work in a thread, which goes on even if nobody waits: until it ends nothing can be closed."""
        running = asyncio.ensure_future(work)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    async def close(self) -> None:
        """Close the database, once no query runs any more."""
        await asyncio.gather(*self._running, return_exceptions=True)
        self._base.close()


def _check(duck: Any, text: str) -> None:
    statements = duck.extract_statements(text)
    if len(statements) != 1 or statements[0].type != duck.StatementType.SELECT:
        raise refused("the query does something else than reading")


def _shut_in(
    duck: Any, database: Path | None, files: Sequence[Path], views: Mapping[str, Path]
) -> duckdb.DuckDBPyConnection:
    name = ":memory:" if database is None else str(database)
    made: duckdb.DuckDBPyConnection = duck.connect(name, read_only=database is not None, config=_CONFIG)
    if views:
        made.execute("CREATE SCHEMA data")
    for view, file in views.items():
        made.execute(f'CREATE VIEW data."{view}" AS SELECT * FROM {reader(file)}')  # noqa: S608 - of a name, quoted
    if files:
        made.execute(f"SET allowed_paths=[{', '.join(quoted(str(file)) for file in files)}]")
    made.execute("SET enable_external_access=false")
    made.execute("SET lock_configuration=true")
    return made


def reader(file: Path) -> str:
    """Return the SQL that reads a file of rows.

    Raises:
        AgentError: Its ending tells of no such file (KN804).
    """
    readers = {
        ".parquet": "read_parquet", ".csv": "read_csv", ".tsv": "read_csv", ".json": "read_json",
        ".jsonl": "read_json", ".ndjson": "read_json",
    }  # fmt: skip
    if file.suffix.lower() not in readers:
        message = f"{file.name} is no file of rows"
        raise AgentError(message, code="KN804", where=str(file), remedy=f"use one of {', '.join(readers)}")
    return f"{readers[file.suffix.lower()]}({quoted(str(file))})"


def quoted(text: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _failed(error: Exception) -> AgentError:
    first = str(error).strip().splitlines()[0]
    return AgentError(f"the query failed: {first}", code="KN810", remedy="correct the query, or its data")
