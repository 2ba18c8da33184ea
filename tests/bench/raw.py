"""SQLite alone: the same rows in the same table, as durable as ours, written by nothing but `executemany`."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path

import msgspec

from tests.bench.flows import PAD

_BATCH = 1000
_TABLE = (
    "CREATE TABLE event (key INTEGER NOT NULL PRIMARY KEY, at BIGINT NOT NULL, kind TEXT NOT NULL, "
    "source TEXT NOT NULL, payload BLOB NOT NULL)"
)


def rate(folder: Path, count: int) -> float:
    """Return events per second.

    Args:
        folder: Where the database is made; on the disk that holds the log.
        count: How many events.
    """
    with tempfile.TemporaryDirectory(dir=folder) as place:
        store = sqlite3.connect(Path(place) / "raw.db", isolation_level=None)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "cache_size=-16000",
            "wal_autocheckpoint=4000",
        ):
            store.execute(f"PRAGMA {pragma}")
        store.execute(_TABLE)
        began = time.perf_counter()
        for first in range(0, count, _BATCH):
            _write(store, first)
        taken = time.perf_counter() - began
        store.close()
    return count / taken


def _write(store: sqlite3.Connection, first: int) -> None:
    payload = msgspec.json.encode({"at": time.monotonic_ns(), "pad": PAD})
    rows = [(first + i, time.time_ns() // 1000, "debug", "flow", payload) for i in range(_BATCH)]
    store.execute("BEGIN IMMEDIATE")
    store.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?)", rows)
    store.execute("COMMIT")
