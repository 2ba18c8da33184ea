"""Event streams and runs as DataFrames."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from kodonb.events.sql import SqlLog
from kodonb.model.run import RunRecord

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


def frame(log: SqlLog, run: str, after: int = -1, kinds: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a run's events.

    Returns:
        One row per event, in order: `offset` int64, `at` datetime64[us, UTC], `kind` and `source` category,
        `payload` object (decoded JSON).
    """
    import numpy as np  # noqa: PLC0415 - pandas is loaded when somebody wants a frame
    import pandas as pd  # noqa: PLC0415

    with _no_gc():
        offsets, at, kinds_, sources, payloads = log.columns(run, after, kinds)
        decoded = msgspec.json.decode(b"[" + b",".join(payloads) + b"]")
        values = np.empty(len(decoded), dtype=object)
        values[:] = decoded
    return pd.DataFrame(
        {
            "offset": np.array(offsets, dtype="int64"),
            "at": pd.DatetimeIndex(np.array(at, dtype="datetime64[us]")).tz_localize("UTC"),
            "kind": pd.Categorical(kinds_),
            "source": pd.Categorical(sources),
            "payload": values,
        }
    )


def runs_frame(records: Sequence[RunRecord]) -> pd.DataFrame:
    """Return runs, one row each, in the order given.

    Returns:
        Columns `id flow status title tags author user created started ended seconds reason events retry_of`;
        times are datetime64[us, UTC], `seconds` is float64 (NaN until the run has ended).
    """
    import pandas as pd  # noqa: PLC0415 - pandas is loaded when somebody wants a frame

    names = ["id", "flow", "status", "title", "tags", "author", "user", "created", "started", "ended"]
    table = pd.DataFrame([{name: getattr(r, name) for name in [*names, "reason", "events", "retry_of"]}
                          for r in records], columns=[*names, "reason", "events", "retry_of"])
    for name in ("created", "started", "ended"):
        table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
    table.insert(names.index("ended") + 1, "seconds", (table["ended"] - table["created"]).dt.total_seconds())
    return table.astype({"status": "category", "flow": "category", "events": "int64"})


@contextmanager
def _no_gc() -> Iterator[None]:
    # A million fresh objects make the collector walk all of them again and again, in vain.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


