from __future__ import annotations

import pandas as pd

from kodonb.events.query import frame, runs_frame
from tests.events.makers import create, row, rows, send, status

COLUMNS = ["id", "flow", "status", "title", "tags", "author", "user", "created", "started", "ended", "seconds", "reason",
           "events", "retry_of"]  # fmt: skip


def dtypes(table):
    return {name: str(kind) for name, kind in table.dtypes.items()}


EVENT_TYPES = {
    "offset": "int64",
    "at": "datetime64[us, UTC]",
    "kind": "category",
    "source": "category",
    "payload": "object",
}


def test_a_run_is_a_frame_of_typed_columns(log):
    create(log)
    given = row("metric", {"name": "x", "value": 1.5})
    send(log, given, source="train#1")
    table = frame(log, "r1")
    assert dtypes(table) == EVENT_TYPES
    last = table.iloc[-1]
    assert (last.offset, last.kind, last.source, last.payload) == (
        3,
        "metric",
        "train#1",
        {"name": "x", "value": 1.5},
    )
    assert last["at"] == pd.Timestamp(given.at, unit="us", tz="UTC")


def test_a_frame_can_start_later_and_choose_kinds(log):
    create(log)
    send(log, *rows("a", "b"), row("log", {"message": "m"}))
    assert frame(log, "r1", after=3)["payload"].tolist() == ["b", {"message": "m"}]
    assert frame(log, "r1", kinds=("log",))["offset"].tolist() == [5]


def test_payloads_that_are_lists_stay_lists(log):
    create(log)
    for given in ([[1, 2], [3, 4]], [[5]], [[], []]):
        send(log, *rows(*given), source=str(given))
        assert frame(log, "r1", kinds=("debug",))["payload"].tolist()[-len(given) :] == given


def test_a_frame_of_nothing_has_the_same_types(log):
    create(log)
    table = frame(log, "r1", after=100)
    assert len(table) == 0 and dtypes(table) == EVENT_TYPES


def test_runs_are_a_frame_of_typed_columns(log):
    create(log, "r1", tags=("a", "b"), title="T", author="ada", user="ada@here")
    create(log, "r2", retry_of="r1")
    ended = status("error", reason="died")
    send(log, status("running"), ended)
    table = runs_frame(log.runs())
    assert list(table.columns) == COLUMNS
    kinds = dtypes(table)
    assert {kinds[name] for name in ("created", "started", "ended")} == {"datetime64[us, UTC]"}
    assert (kinds["seconds"], kinds["events"], kinds["status"], kinds["flow"]) == (
        "float64",
        "int64",
        "category",
        "category",
    )
    newer, older = table.iloc[0], table.iloc[1]
    assert (newer.id, newer.retry_of, older.tags, older.reason, older.events) == (
        "r2",
        "r1",
        ("a", "b"),
        "died",
        5,
    )
    assert pd.isna(newer.seconds) and older.seconds == (older.ended - older.created).total_seconds()


def test_no_runs_are_a_frame_of_the_same_types(log):
    empty = runs_frame([])
    create(log)
    assert len(empty) == 0 and list(empty.columns) == COLUMNS
    full = dtypes(runs_frame(log.runs()))
    typed = ("created", "started", "ended", "seconds", "events", "status", "flow")
    assert {name: dtypes(empty)[name] for name in typed} == {name: full[name] for name in typed}
