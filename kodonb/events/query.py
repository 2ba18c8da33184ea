"""Event streams and runs as DataFrames."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from kodonb.events.sql import SqlLog
from kodonb.model.collecting import no_gc
from kodonb.model.run import RunRecord

if TYPE_CHECKING:
    import pandas as pd


def frame(log: SqlLog, run: str, after: int = -1, kinds: Sequence[str] | None = None) -> pd.DataFrame:
    """Return a run's events.

    Returns:
        One row per event, in order: `offset` int64, `at` datetime64[us, UTC], `kind` and `source` category,
        `payload` object (decoded JSON).
    """
    import numpy as np  # noqa: PLC0415 - pandas is loaded when somebody wants a frame
    import pandas as pd  # noqa: PLC0415

    offsets, times = array("q"), array("q")
    payloads: list[Any] = []
    kinds_, sources = _Codes(), _Codes()
    decode = msgspec.json.Decoder().decode
    with no_gc():
        for page in log.columns(run, after, kinds):
            offsets.extend(page[0])
            times.extend(page[1])
            kinds_.extend(page[2])
            sources.extend(page[3])
            payloads.extend(map(decode, page[4]))
        # Not by assignment: numpy would take payloads that are lists apart.
        values = np.fromiter(payloads, dtype=object, count=len(payloads))
    return pd.DataFrame(
        {
            "offset": np.array(offsets, dtype="int64"),
            "at": pd.DatetimeIndex(np.array(times, dtype="int64").view("datetime64[us]")).tz_localize("UTC"),
            "kind": kinds_.categorical(),
            "source": sources.categorical(),
            "payload": values,
        }
    )


class _Codes(dict[str, int]):
    """A column of few different texts, as numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._column = array("i")

    def __missing__(self, text: str) -> int:
        code = self[text] = len(self)
        return code

    def extend(self, texts: Sequence[str]) -> None:
        """Add texts to the column."""
        self._column.extend(map(self.__getitem__, texts))

    def categorical(self) -> pd.Categorical:
        """Return the column; its categories are sorted."""
        import numpy as np  # noqa: PLC0415 - pandas is loaded when somebody wants a frame
        import pandas as pd  # noqa: PLC0415

        ordered = sorted(self)
        place = np.array([ordered.index(text) for text in self], dtype="int32")
        return pd.Categorical.from_codes(place[np.array(self._column)], pd.Index(ordered, dtype="str"))


def runs_frame(records: Sequence[RunRecord]) -> pd.DataFrame:
    """Return runs, one row each, in the order given.

    Returns:
        Columns `id flow status title tags author user created started ended seconds reason events retry_of`;
        times are datetime64[us, UTC], `seconds` is float64 (NaN until the run has ended).
    """
    import pandas as pd  # noqa: PLC0415 - pandas is loaded when somebody wants a frame

    names = ["id", "flow", "status", "title", "tags", "author", "user", "created", "started", "ended"]
    table = pd.DataFrame(
        [{name: getattr(r, name) for name in [*names, "reason", "events", "retry_of"]} for r in records],
        columns=[*names, "reason", "events", "retry_of"],
    )
    for name in ("created", "started", "ended"):
        table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
    table.insert(names.index("ended") + 1, "seconds", (table["ended"] - table["created"]).dt.total_seconds())
    return table.astype({"status": "category", "flow": "category", "events": "int64"})
