"""The table of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import msgspec

from kodonb import session
from kodonb.display.facts import short
from kodonb.display.format import line
from kodonb.display.theme import icon, look
from kodonb.model.errors import KodonbError
from kodonb.model.run import RunRecord
from kodonb.session.run import Run
from kodonb.widgets.base import View
from kodonb.widgets.messages import PROTOCOL, List, OnRuns, Outcome, Outcomes, RunRow, Runs, TableState


def query(
    flow: str = "", status: Sequence[str] = (), tag: str = "", since: str = "", limit: int = 200
) -> List:
    """Return which runs a table shows first."""
    return List(id=0, flow=flow, status=tuple(status), tag=tag, since=since, limit=limit)


class RunsWidget(View):
    """Lists runs, newest first, and does to several what is asked.

    Args:
        query: Which runs it shows first; its `id` does not matter.
        opened: Called with each run that is to be shown, in a thread of its own.
    """

    script: ClassVar[str] = "runs.js"

    def __init__(self, query: List, opened: Callable[[Run], Any]) -> None:
        self._opened = opened
        state = TableState(protocol=PROTOCOL, query=query, first=listed(query))
        super().__init__(msgspec.to_builtins(state))
        self.handle(List, listed)
        self.handle(OnRuns, self._on_runs)

    def _on_runs(self, asked: OnRuns) -> Outcomes:
        act = {"open": self._open, "cancel": _cancel, "retry": self._retry}[asked.what]
        return Outcomes(outcomes=tuple(_tried(act, run) for run in asked.runs))

    def _open(self, run: Run) -> str:
        self._opened(run)
        return "shown below"

    def _retry(self, run: Run) -> str:
        again = run.retry()
        return f"retried as run {again.id}"


def _cancel(run: Run) -> str:
    run.cancel()
    return "being cancelled"


def _tried(act: Callable[[Run], str], run: str) -> Outcome:
    try:
        return Outcome(run=run, ok=True, note=act(session.attach(run)))
    except KodonbError as error:
        return Outcome(run=run, ok=False, note=f"{error.code}: {error.message}")


def listed(asked: List) -> Runs:
    """Return the runs that fit, with the flows and tags that there are among the latest."""
    found = session.select(
        asked.flow or None,
        asked.status,
        asked.since or None,
        asked.tag or None,
        max(1, min(asked.limit, 1000)),
    )
    known = session.select(limit=1000)
    return Runs(
        rows=tuple(_row(record) for record in found),
        flows=tuple(sorted({record.flow for record in known})),
        tags=tuple(sorted({tag for record in known for tag in record.tags})),
    )


def _row(record: RunRecord) -> RunRow:
    shown = look(record.status)
    begun, end = record.started or record.created, record.ended
    if not record.ended_already:
        end = datetime.now(UTC)
    return RunRow(
        run=record.id,
        short=short(record.id),
        status=record.status,
        word=shown.word,
        icon=icon(record.status),
        tone=shown.tone,
        flow=record.flow,
        title=line(record.title, 80),
        tags=record.tags,
        created=None if record.created is None else record.created.timestamp() * 1000,
        took=None if begun is None or end is None else max(0.0, (end - begun).total_seconds()),
        events=record.events,
        reason=line(record.reason, 200),
        ended=record.ended_already,
    )
