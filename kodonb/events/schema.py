"""Tables of the event log, for SQLite and PostgreSQL alike.

An event's key is `number of its run * 2**32 + offset`: one integer keeps a run's events together and in
order, and is the cheapest key both databases have. The view `events` shows them to people.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

VERSION: Final = 1
"""Version of this schema; a store with a higher one is refused (KN503)."""

SHIFT: Final = 32
MASK: Final = (1 << SHIFT) - 1

tables = MetaData()

version = Table("kodonb_schema", tables, Column("version", Integer, nullable=False))

run = Table(
    "run",
    tables,
    Column("no", Integer, primary_key=True, autoincrement=True),
    # Compared byte by byte, so that the beginning of an id is a range of the index in every locale.
    Column("id", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False, unique=True),
    Column("flow", Text, nullable=False),
    Column("module", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("tags", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("ended", BigInteger),
    Column("reason", Text, nullable=False),
    Column("retry_of", Text),
    Column("cluster", Text, nullable=False),
    sqlite_autoincrement=True,
)
Index("run_by_status", run.c.status)
Index("run_by_flow", run.c.flow, run.c.no)

event = Table(
    "event",
    tables,
    Column("key", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

source = Table(
    "source",
    tables,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

lock = Table(
    "lock",
    tables,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("schema", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("answered", BigInteger),
    Column("by", Text, nullable=False),
    Column("value", Text, nullable=False),
)

module = Table(
    "module", tables, Column("hash", Text, primary_key=True), Column("body", LargeBinary, nullable=False)
)

cache = Table(
    "cache",
    tables,
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("value", LargeBinary, nullable=False),
)

artifact = Table(
    "artifact", tables, Column("sha", Text, primary_key=True), Column("body", LargeBinary, nullable=False)
)
"""Artifacts when the log is on PostgreSQL; beside SQLite they are files."""

VIEW: Final = """
CREATE VIEW events AS
SELECT run.id AS run, event.key & 4294967295 AS "offset", event.at AS at_us, event.kind, event.source,
       {text} AS payload
FROM run JOIN event ON event.key BETWEEN CAST(run.no AS BIGINT) * 4294967296
                                    AND CAST(run.no AS BIGINT) * 4294967296 + 4294967295
"""
"""What people query: `SELECT * FROM events WHERE run = '…' ORDER BY "offset"`."""
