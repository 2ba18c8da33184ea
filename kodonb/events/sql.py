"""The event log on a database: SQLite (default) or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from kodonb.events import schema
from kodonb.events.dialect import prepare
from kodonb.events.direct import Direct
from kodonb.events.log import Commit, RunQuery
from kodonb.events.postgres import Postgres
from kodonb.events.project import SPOOLER, Change, Head, change, text
from kodonb.events.sqlite import Sqlite
from kodonb.model.errors import StoreError, UsageError
from kodonb.model.event import CONTROL, EPOCH, Batch, Row, Stored
from kodonb.model.module import Module
from kodonb.model.run import FINAL, Lock, RunRecord

# Statements of every launch and every commit are made once: making one costs more than executing it.
_NUMBER: Final = sa.select(schema.run.c.no).where(schema.run.c.id == sa.bindparam("run"))
_KNOWN: Final = sa.select(
    _NUMBER.scalar_subquery(),
    sa.select(schema.module.c.hash).where(schema.module.c.hash == sa.bindparam("module")).scalar_subquery(),
)
_ENTER: Final = sa.insert(schema.run).values(
    {c.name: sa.bindparam(c.name) for c in schema.run.c if c.name != "no"}
)
_SET_NEXT: Final = sa.text(
    "INSERT INTO source (run, name, next) VALUES (:run, :name, :next) "
    "ON CONFLICT (run, name) DO UPDATE SET next = excluded.next"
)
_CHUNK: Final = 1000  # events read at a time when all of a run are read
_HEADS: Final = 4096  # heads of runs kept in memory; others are read again when they emit


class SqlLog:
    """An event log on a database; one writer, any number of readers.

    Args:
        url: SQLAlchemy URL: ``sqlite:///path``, ``sqlite://`` (in memory), ``postgresql+psycopg://…``.
        patience: Seconds to wait for a store that somebody else has locked.

    Raises:
        StoreError: The store is damaged, newer than this kodonb, or cannot be reached.
        UsageError: The URL names a database that kodonb does not know (KN007).
    """

    def __init__(self, url: str, patience: float = 10.0) -> None:
        self.url = url
        self._dialect = _dialect(url)
        self._engine = self._dialect.engine(url, patience)
        self._guard = threading.RLock()
        self._heads: dict[str, Head] = {}
        self._known = Direct(_KNOWN, self._engine)
        self._enter = Direct(_ENTER.returning(schema.run.c.no), self._engine)
        self._set_next = Direct(_SET_NEXT, self._engine)
        try:
            with self._dialect.errors():
                prepare(self._dialect, self._engine, self._dialect.payload_as_text)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def writing(self, *, hurry: bool = False) -> Iterator[sa.Connection]:
        """Hold the one writing transaction; memory forgets what it has not committed.

        Args:
            hurry: Whether its commit need not be on disk before `sync`.
        """
        with self._guard, self._dialect.errors():
            try:
                with self._dialect.writing(self._engine, hurry=hurry) as connection:
                    yield connection
            except BaseException:
                self._heads.clear()
                raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Hold a transaction that reads."""
        turn = self._guard if self._dialect.alone else nullcontext()
        with turn, self._dialect.errors(), self._engine.connect() as connection:
            yield connection

    def create(self, record: RunRecord, module: Module, rows: Sequence[Row], *, hurry: bool = False) -> bool:
        """Enter a run with its module and first events; `False` if it is there already.

        Args:
            record: The run.
            module: Its code.
            rows: Its first events.
            hurry: Whether they need not be on disk before `sync`; they outlive this process at once.
        """
        with self.writing(hurry=hurry) as connection:
            known, has_module = self._known(connection, {"run": record.id, "module": module.hash}).fetchone()
            if known is not None:
                return False
            if has_module is None:
                body = msgspec.msgpack.encode(module)
                connection.execute(sa.insert(schema.module).values(hash=module.hash, body=body))
            (no,) = self._enter(connection, _columns(record)).fetchone()
            head = Head(no, 0, record.status, {"submit": len(rows)}, {})
            self._store(connection, head, [("submit", row) for row in rows])
            self._heads[record.id] = head
        return True

    def append(self, batches: Iterable[Batch]) -> list[Commit]:
        """Commit batches in one transaction; rows that the log has already are dropped."""
        with self.writing() as connection:
            return [self._append(connection, batch) for batch in batches]

    def _append(self, connection: sa.Connection, batch: Batch) -> Commit:
        head = self._head(connection, batch.run)
        expected = head.sources.get(batch.source, 0)
        rows = batch.rows[max(0, expected - batch.first) :]
        if batch.first > expected or not rows:
            return Commit(batch.run, batch.source, expected, [])
        if {row.kind for row in rows} & CONTROL:
            stored = self._store(connection, head, self._changed(connection, head, batch.source, rows))
        else:
            stored = self._store(connection, head, [(batch.source, row) for row in rows])
        upto = batch.first + len(batch.rows)
        self._set_next(connection, {"run": head.no, "name": batch.source, "next": upto})
        head.sources[batch.source] = upto
        return Commit(batch.run, batch.source, upto, stored)

    def _store(self, connection: sa.Connection, head: Head, rows: Sequence[tuple[str, Row]]) -> list[Stored]:
        offset = head.offset
        stored = [
            Stored(offset + i, row.at, row.kind, source, row.payload) for i, (source, row) in enumerate(rows)
        ]
        base = head.no << schema.SHIFT
        self._dialect.insert_events(
            connection, [(base + s.offset, s.at, s.kind, s.source, s.payload) for s in stored]
        )
        head.offset = offset + len(stored)
        return stored

    def _changed(
        self, connection: sa.Connection, head: Head, source: str, rows: Sequence[Row]
    ) -> list[tuple[str, Row]]:
        found: list[tuple[str, Row]] = []
        for row in rows:
            if row.kind in CONTROL:
                made = change(head, source, row)
                self._apply(connection, head, made)
                found.extend(made.rows)
            else:
                found.append((source, row))
        return found

    def _apply(self, connection: sa.Connection, head: Head, made: Change) -> None:
        if made.run:
            connection.execute(sa.update(schema.run).where(schema.run.c.no == head.no).values(made.run))
        if made.opened:
            connection.execute(sa.insert(schema.lock).values(made.opened))
        for lock, columns in made.closed.items():
            which = (schema.lock.c.run == head.no) & (schema.lock.c.id == lock)
            connection.execute(sa.update(schema.lock).where(which).values(columns))

    def _head(self, connection: sa.Connection, run: str) -> Head:
        head = self._heads.get(run)
        if head is None:
            if len(self._heads) >= _HEADS:
                self._heads.clear()
            head = self._heads[run] = self._load_head(connection, run)
        return head

    def _load_head(self, connection: sa.Connection, run: str) -> Head:
        found = connection.execute(
            sa.select(schema.run.c.no, schema.run.c.status).where(schema.run.c.id == run)
        ).one_or_none()
        if found is None:
            raise _unknown(run)
        no = found.no
        sources = sa.select(schema.source.c.name, schema.source.c.next).where(schema.source.c.run == no)
        locks = sa.select(schema.lock.c.id, schema.lock.c.source).where(
            (schema.lock.c.run == no) & schema.lock.c.answered.is_(None)
        )
        return Head(
            no,
            _next_offset(connection, no),
            found.status,
            dict(connection.execute(sources).all()),
            dict(connection.execute(locks).all()),
        )

    def settle(self, run: str, status: str, reason: str, code: str, at: int) -> None:
        """End a run that nobody carries any more; one that has ended already stays as it is."""
        payload = {"status": status, "reason": reason, "code": code}
        row = Row(at, "status", msgspec.json.encode(payload))
        with self.writing() as connection:
            head = self._head(connection, run)
            if head.status not in FINAL:
                self._store(connection, head, self._changed(connection, head, SPOOLER, [row]))

    def read(
        self, run: str, after: int = -1, limit: int | None = None, kinds: Sequence[str] | None = None
    ) -> list[Stored]:
        """Return events with an offset above `after`, in order."""
        with self.reading() as connection:
            base = self._number(connection, run) << schema.SHIFT
            rows = self._dialect.select_events(connection, base + after + 1, base + schema.MASK, limit, kinds)
        return [Stored(key - base, at, kind, source, payload) for key, at, kind, source, payload in rows]

    def columns(self, run: str, after: int, kinds: Sequence[str] | None) -> Iterator[list[Sequence[Any]]]:
        """Return offsets, times, kinds, sources and payloads of all later events, some thousand at a time."""
        with self.reading() as connection:
            base = self._number(connection, run) << schema.SHIFT
        return self._columns(base, base + after + 1, kinds)

    def _columns(self, base: int, first: int, kinds: Sequence[str] | None) -> Iterator[list[Sequence[Any]]]:
        # What fits the processor's cache is read and decoded several times as fast as all events at once.
        rows: Sequence[Any] = ()
        while not rows or len(rows) == _CHUNK:
            with self.reading() as connection:
                rows = self._dialect.select_events(connection, first, base + schema.MASK, _CHUNK, kinds)
            if not rows:
                return
            first = rows[-1][0] + 1
            keys, *others = zip(*rows, strict=True)
            yield [[key - base for key in keys], *others]

    def _number(self, connection: sa.Connection, run: str) -> int:
        no = connection.execute(_NUMBER, {"run": run}).scalar()
        if no is None:
            raise _unknown(run)
        return int(no)

    def runs(self, query: RunQuery = RunQuery()) -> list[RunRecord]:  # noqa: B008 - the record is immutable
        """Return runs, newest first."""
        with self.reading() as connection:
            return [_record(dict(row)) for row in connection.execute(_selected(query)).mappings()]

    def find(self, prefix: str) -> RunRecord:
        """Return the run whose id begins with `prefix`; ``last`` is the newest.

        Raises:
            UsageError: None (KN003) or several (KN004) do.
        """
        run = schema.run
        statement = _newest_first().limit(2)
        if prefix == "last":
            statement = statement.limit(1)
        else:
            statement = statement.where((run.c.id >= prefix) & (run.c.id < prefix + "\U0010ffff"))
        with self.reading() as connection:
            found = connection.execute(statement).mappings().all()
            exact = [row for row in found if row["id"] == prefix] or list(found)
            if len(exact) == 1 and prefix:
                return _record(dict(exact[0]))
        if not exact:
            raise _unknown(prefix)
        raise UsageError(
            f"{prefix!r} fits several runs, such as {' and '.join(row['id'] for row in exact)}",
            code="KN004",
            remedy="give more of the id",
        )

    def locks(self, run: str) -> list[Lock]:
        """Return a run's questions, oldest first."""
        with self.reading() as connection:
            no = self._number(connection, run)
            statement = sa.select(schema.lock).where(schema.lock.c.run == no).order_by(schema.lock.c.opened)
            return [_lock(run, dict(row)) for row in connection.execute(statement).mappings()]

    def module(self, hash_: str) -> Module:
        """Return a captured module.

        Raises:
            StoreError: It is not there (KN505).
        """
        statement = sa.select(schema.module.c.body).where(schema.module.c.hash == hash_)
        with self.reading() as connection:
            body = connection.execute(statement).scalar()
        if body is None:
            raise StoreError(
                f"module {hash_} is not in the store", code="KN505", remedy="submit the flow again"
            )
        return msgspec.msgpack.decode(body, type=Module)

    def remember(self, key: str, at: int, value: bytes) -> None:
        """Keep a step's result for other runs."""
        with self.writing() as connection:
            connection.execute(sa.delete(schema.cache).where(schema.cache.c.key == key))
            connection.execute(sa.insert(schema.cache).values(key=key, at=at, value=value))

    def recall(self, key: str, since: int) -> bytes | None:
        """Return a result kept at or after `since` (microseconds since 1970)."""
        cache = schema.cache
        statement = sa.select(cache.c.value).where((cache.c.key == key) & (cache.c.at >= since))
        with self.reading() as connection:
            value = connection.execute(statement).scalar()
        return None if value is None else bytes(value)

    def sync(self) -> None:
        """Wait until all that was committed is on disk."""
        self._dialect.sync()

    def close(self) -> None:
        """Release the store."""
        self._dialect.close(self._engine)


def _dialect(url: str) -> Sqlite | Postgres:
    name = url.split(":", 1)[0].split("+", maxsplit=1)[0]
    if name == "sqlite":
        return Sqlite(url)
    if name in {"postgresql", "postgres"}:
        return Postgres(url)
    raise UsageError(
        f"cannot keep events in {name!r}",
        code="KN007",
        where="KODONB_STORE",
        remedy="use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
    )


def _next_offset(connection: sa.Connection, no: int) -> int:
    statement = sa.select(_events(sa.literal(no, sa.BigInteger)))
    return int(connection.execute(statement).scalar_one())


def _events(no: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    # The number of a run's events is its highest key less its base: a seek in the index, whatever the length.
    base = sa.cast(no, sa.BigInteger) * (1 << schema.SHIFT)
    key = schema.event.c.key
    highest = sa.select(sa.func.max(key)).where((key >= base) & (key <= base + schema.MASK)).scalar_subquery()
    return sa.func.coalesce(highest - base + 1, 0)


def _newest_first() -> sa.Select[Any]:
    return sa.select(schema.run, _events(schema.run.c.no).label("events")).order_by(schema.run.c.no.desc())


def _selected(query: RunQuery) -> sa.Select[Any]:
    run = schema.run
    statement = _newest_first().limit(query.limit)
    if query.flow is not None:
        statement = statement.where(run.c.flow == query.flow)
    if query.status:
        statement = statement.where(run.c.status.in_(query.status))
    if query.since is not None:
        statement = statement.where(run.c.created >= query.since)
    if query.tag is not None:
        # Not LIKE, which takes upper and lower case for the same on SQLite.
        tag = msgspec.json.encode(query.tag).decode()
        statement = statement.where(sa.func.replace(run.c.tags, tag, "") != run.c.tags)
    if query.before is not None:
        before = sa.select(run.c.no).where(run.c.id == query.before).scalar_subquery()
        statement = statement.where(run.c.no < before)
    if query.cluster is not None:
        statement = statement.where(run.c.cluster == query.cluster)
    return statement


def _columns(record: RunRecord) -> dict[str, Any]:
    columns = {name: getattr(record, name) for name in schema.run.c.keys() if name not in {"no", "tags"}}  # noqa: SIM118
    for name in ("created", "started", "ended"):
        columns[name] = None if columns[name] is None else microseconds(columns[name])
    for name in ("flow", "title", "author", "user"):
        columns[name] = text(columns[name])
    return columns | {"tags": msgspec.json.encode(record.tags).decode()}


def _record(row: dict[str, Any]) -> RunRecord:
    del row["no"]
    for name in ("created", "started", "ended"):
        row[name] = moment(row[name])
    row["tags"] = tuple(msgspec.json.decode(row["tags"]))
    return RunRecord(**row)


def _lock(run: str, row: dict[str, Any]) -> Lock:
    row |= {
        "run": run,
        "schema": msgspec.json.decode(row["schema"]),
        "value": msgspec.json.decode(row["value"]),
        "opened": moment(row["opened"]),
        "answered": moment(row["answered"]),
    }
    return Lock(**row)


def moment(at: int | None) -> datetime | None:
    """Return a time in UTC from microseconds since 1970."""
    return None if at is None else EPOCH + timedelta(microseconds=at)


def microseconds(at: datetime) -> int:
    """Return microseconds since 1970 from a time with a zone."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _unknown(run: str) -> UsageError:
    return UsageError(f"no run {run!r}", code="KN003", remedy="list the runs with kodonb runs or %flow runs")
