"""What control events change: a run's status and its questions.

Pure functions over a run's head; the log writes what they return in the transaction that holds the events.
"""

from __future__ import annotations

from typing import Any

import msgspec

from kodonb.model.event import Row
from kodonb.model.run import FINAL

SPOOLER = "spooler"
"""Source of the events that the log itself adds."""


class Head(msgspec.Struct):
    """What the log remembers of a run that is being written.

    Attributes:
        no: Number of the run.
        offset: Offset of the next event.
        status: Status of the run.
        sources: Source -> number of its next row.
        locks: Open questions: lock -> source.
    """

    no: int
    offset: int
    status: str
    sources: dict[str, int]
    locks: dict[str, str]


class Change(msgspec.Struct):
    """What one row changes.

    Attributes:
        rows: Source and row of the events to store in its place, in order; empty when it is refused.
        run: Columns of the run to set.
        opened: Columns of a question to insert.
        closed: Questions to update: lock -> columns.
    """

    rows: list[tuple[str, Row]]
    run: dict[str, Any] = {}
    opened: dict[str, Any] | None = None
    closed: dict[str, dict[str, Any]] = {}


def change(head: Head, source: str, row: Row) -> Change:
    """Return what a row changes, and bring `head` up to date."""
    if row.kind == "status":
        return _status(head, source, row)
    if row.kind == "lock":
        return _lock(head, source, row)
    if row.kind == "lease":
        return _lease(head, source, row)
    if row.kind == "final" and head.status in FINAL:
        return Change([])  # a runner that was given up: what became of the run has been told
    return Change([(source, row)])


def _status(head: Head, source: str, row: Row) -> Change:
    if head.status in FINAL:
        return Change([])
    payload = msgspec.json.decode(row.payload)
    status = payload["status"]
    head.status = "awaiting" if status == "running" and head.locks else status
    found = Change([(source, row)], run={"status": head.status})
    if status == "running" and payload.get("attempt", 1) == 1:
        found.run["started"] = row.at
    if status in FINAL:
        found.run |= {"ended": row.at, "reason": text(payload.get("reason"))}
        expired = {"how": "expired", "by": SPOOLER, "value": None}
        leases = [(lock, _row(row.at, "lease", {"lock": lock, **expired})) for lock in head.locks]
        found.rows = [*((SPOOLER, lease) for _, lease in leases), (source, row)]
        found.closed = {lock: {"answered": row.at, "by": "", "value": "null"} for lock in head.locks}
        head.locks = {}
    return found


def _lock(head: Head, source: str, row: Row) -> Change:
    if head.status in FINAL:
        return Change([])
    payload = msgspec.json.decode(row.payload)
    found = Change([(source, row)])
    found.opened = {
        "run": head.no,
        "id": payload["lock"],
        "source": source,
        "title": text(payload.get("title")),
        "schema": msgspec.json.encode(payload.get("schema") or {}).decode(),
        "opened": row.at,
        "by": "",
        "value": "null",
    }
    if not head.locks:
        head.status = "awaiting"
        found.run["status"] = "awaiting"
        found.rows.append((SPOOLER, _row(row.at, "status", {"status": "awaiting"})))
    head.locks[payload["lock"]] = source
    return found


def _lease(head: Head, source: str, row: Row) -> Change:
    payload = msgspec.json.decode(row.payload)
    lock = payload["lock"]
    if head.locks.pop(lock, None) is None:
        return Change([])
    found = Change([(source, row)])
    value = msgspec.json.encode(payload.get("value")).decode()
    found.closed = {lock: {"answered": row.at, "by": text(payload.get("by")), "value": value}}
    if not head.locks and head.status == "awaiting":
        head.status = "running"
        found.run["status"] = "running"
        found.rows.append((SPOOLER, _row(row.at, "status", {"status": "running"})))
    return found


def text(value: str | None) -> str:
    """Return text for a column; PostgreSQL has no form for the character NUL."""
    return (value or "").replace("\0", "\\0")


def _row(at: int, kind: str, payload: dict[str, Any]) -> Row:
    return Row(at, kind, msgspec.json.encode(payload))
