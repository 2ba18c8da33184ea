"""Forgets old runs: their events, and everything that nothing else needs.

A spooler may be writing meanwhile: every transaction is small, and is followed by a pause as long as itself.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from kodonb.events import schema
from kodonb.events.artifacts import Artifacts, FileArtifacts
from kodonb.events.log import RunQuery
from kodonb.events.sql import SqlLog, microseconds
from kodonb.model.run import FINAL, RunRecord

_CHUNK: Final = 10_000  # events that one transaction deletes
_PAGE: Final = 500  # payloads that are looked through at a time; each may have some 100 KiB
_MENTIONING: Final = ("inputs", "step", "result", "final", "display", "upload")
_SHA: Final = re.compile(rb'"([0-9a-f]{64})"')
_SETTLED: Final = 3600.0
"""Seconds after which an artifact that no event mentions is not one whose event is still on its way."""


class PruneQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs to forget; those that have not ended never are.

    Attributes:
        before: Those that ended before this time (microseconds since 1970).
        status: Only those that ended in one of these statuses.
        keep: How many of the newest runs of each flow stay, however old they are.
    """

    before: int
    status: tuple[str, ...] = tuple(sorted(FINAL))
    keep: int = 0


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """What went.

    Attributes:
        runs: Ids of the runs, oldest first.
        events: Number of their events.
        modules: Number of captured modules that no run uses any more.
        cached: Number of cached results of steps older than the bound.
        artifacts: Number of artifacts that nothing mentions any more.
    """

    runs: tuple[str, ...] = ()
    events: int = 0
    modules: int = 0
    cached: int = 0
    artifacts: int = 0


def candidates(log: SqlLog, query: PruneQuery) -> list[RunRecord]:
    """Return the runs that `prune` would forget, oldest first."""
    newest_first = log.runs(RunQuery(limit=None))
    # A retry that has not ended may still read the steps of the run that it repeats.
    replayed = {run.retry_of for run in newest_first if not run.ended_already}
    place: Counter[str] = Counter()
    found = []
    for run in newest_first:
        place[run.flow] += 1
        if place[run.flow] > query.keep and run.id not in replayed and _fits(run, query):
            found.append(run)
    return found[::-1]


def _fits(run: RunRecord, query: PruneQuery) -> bool:
    ended = run.ended_already and run.ended is not None and microseconds(run.ended) < query.before
    return ended and run.status in query.status


def prune(log: SqlLog, artifacts: Artifacts, query: PruneQuery) -> Pruned:
    """Forget runs and what only they needed.

    Interrupted at any point, it leaves a store that works; the next call goes on where it ended.

    Args:
        log: The event log.
        artifacts: The artifacts beside it.
        query: Which runs.

    Raises:
        StoreError: The store cannot be written.
    """
    runs = candidates(log, query)
    events = sum(_forget(log, run.id) for run in runs)
    cached = _delete(log, schema.cache.c.key, schema.cache.c.at < query.before)
    used = sa.select(schema.run.c.module)
    return Pruned(
        runs=tuple(run.id for run in runs),
        events=events,
        modules=_delete(log, schema.module.c.hash, schema.module.c.hash.not_in(used)),
        cached=cached,
        artifacts=_sweep(log, artifacts),
    )


def _forget(log: SqlLog, run: str) -> int:
    with log.reading() as connection:
        no = connection.execute(sa.select(schema.run.c.no).where(schema.run.c.id == run)).scalar_one()
    base = no << schema.SHIFT
    gone = _delete(log, schema.event.c.key, schema.event.c.key.between(base, base + schema.MASK))
    with log.writing() as connection:
        for table in (schema.source, schema.lock):
            connection.execute(sa.delete(table).where(table.c.run == no))
        # Last of all, so that a run is found again when this was interrupted.
        connection.execute(sa.delete(schema.run).where(schema.run.c.no == no))
    return gone


def _delete(log: SqlLog, key: sa.Column[Any], which: sa.ColumnElement[bool]) -> int:
    """Delete the rows that a condition holds for, chunk by chunk, and return how many there were."""
    total = 0
    while True:
        begun = time.monotonic()
        chunk = sa.select(key).where(which).order_by(key).limit(_CHUNK)
        with log.writing() as connection:
            gone = connection.execute(sa.delete(key.table).where(key.in_(chunk))).rowcount
        total += gone
        if gone < _CHUNK:
            return total
        time.sleep(time.monotonic() - begun)


def _sweep(log: SqlLog, artifacts: Artifacts) -> int:
    # What could go is listed before looking for mentions: whatever comes meanwhile is not in danger.
    if isinstance(artifacts, FileArtifacts):
        files = {path.name: path for path in artifacts.folder.glob("??/*") if _settled(path)}
        unused = _unmentioned(log, set(files))
        for name in unused:
            files[name].unlink(missing_ok=True)
        return len(unused)
    if any(not run.ended_already for run in log.runs(RunQuery(limit=None))):
        return 0  # the database does not say how old an artifact is; its event may be on its way
    with log.reading() as connection:
        known = set(connection.execute(sa.select(schema.artifact.c.sha)).scalars())
    sha = schema.artifact.c.sha
    return sum(_delete(log, sha, sha == unused) for unused in _unmentioned(log, known))


def _settled(path: Path) -> bool:
    try:
        return path.stat().st_mtime < time.time() - _SETTLED
    except FileNotFoundError:
        return False


def _unmentioned(log: SqlLog, shas: set[str]) -> set[str]:
    for payload in _payloads(log) if shas else ():
        shas.difference_update(sha.decode() for sha in _SHA.findall(payload))
    return shas


def _payloads(log: SqlLog) -> Iterator[bytes]:
    """Yield everything that may mention an artifact."""
    with log.reading() as connection:
        yield from map(bytes, connection.execute(sa.select(schema.cache.c.value)).scalars())
    event, last = schema.event.c, -1
    while True:
        page = sa.select(event.key, event.payload).where((event.key > last) & event.kind.in_(_MENTIONING))
        with log.reading() as connection:
            rows = connection.execute(page.order_by(event.key).limit(_PAGE)).all()
        yield from (bytes(payload) for _, payload in rows)
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]
