"""Events and the batches they travel in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

KINDS: Final = (
    "meta",
    "inputs",
    "agent",
    "status",
    "step",
    "progress",
    "metric",
    "action",
    "result",
    "final",
    "lock",
    "lease",
    "stdout",
    "stderr",
    "log",
    "debug",
    "error",
    "upload",
    "display",
)
"""All kinds of events."""

CONTROL: Final = frozenset({"status", "lock", "lease", "final", "meta"})
"""Kinds that change what is known of a run; they are committed before the sender goes on."""

MAX_PAYLOAD: Final = 16 * 1024 * 1024
"""Largest payload of an event, in bytes of JSON."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Event(msgspec.Struct, frozen=True):
    """One thing that happened in a run.

    Attributes:
        run: Id of the run.
        offset: Place in the run's event stream, dense from 0.
        at: Time of emission, in UTC.
        kind: One of `KINDS`.
        source: What emitted it: ``"flow"``, a step such as ``"train#3"``, a child task.
        payload: JSON value; its shape depends on the kind (see the event reference).
    """

    run: str
    offset: int
    at: datetime
    kind: str
    source: str
    payload: Any


class Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event on its way: what its source knows of it.

    Attributes:
        at: Microseconds since 1970 in UTC.
        kind: One of `KINDS`.
        payload: JSON text, encoded once at emission and never again.
    """

    at: int
    kind: str
    payload: bytes


class Batch(msgspec.Struct, frozen=True):
    """Consecutive rows of one source.

    Attributes:
        run: Id of the run.
        source: Name of the source, unique within the run.
        first: Number of the first row; a source counts its rows from 0.
        rows: The rows.
    """

    run: str
    source: str
    first: int
    rows: list[Row]


class Stored(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event as the log holds it (`at` and `payload` as in `Row`)."""

    offset: int
    at: int
    kind: str
    source: str
    payload: bytes


def event(run: str, stored: Stored) -> Event:
    """Decode what the log holds into what users see."""
    return Event(
        run,
        stored.offset,
        EPOCH + timedelta(microseconds=stored.at),
        stored.kind,
        stored.source,
        msgspec.json.decode(stored.payload),
    )


def event_json(run: str, stored: Stored) -> bytes:
    """Return what `event` returns as JSON; the payload stays as it was encoded when it was emitted."""
    told = Event(
        run,
        stored.offset,
        EPOCH + timedelta(microseconds=stored.at),
        stored.kind,
        stored.source,
        msgspec.Raw(stored.payload),
    )
    return msgspec.json.encode(told)
