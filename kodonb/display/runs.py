"""Lists of runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from kodonb.display.facts import short
from kodonb.display.format import amount, duration, line, moment, plural, width
from kodonb.display.markup import more, note, table
from kodonb.display.steady import steady_record
from kodonb.display.style import framed
from kodonb.display.svg import esc
from kodonb.display.theme import icon, look
from kodonb.model.run import RunRecord

MAX_RUNS: Final = 200
"""Most runs of one list as HTML."""

_HEAD: Final = ("run", "status", "flow", "created", "took", "events", "reason")


def runs_text(runs: Sequence[RunRecord]) -> str:
    """Return runs as a table of text, in the order given."""
    if not runs:
        return "no runs"
    rows = [_HEAD, *(_cells(steady_record(run)) for run in runs)]
    widths = [max(width(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join("  ".join(map(_pad, row, widths)).rstrip() for row in rows)


def runs_html(runs: Sequence[RunRecord]) -> str:
    """Return runs as one fragment of HTML, in the order given."""
    if not runs:
        return framed(note("No runs."))
    rows = [_row(steady_record(run)) for run in runs[:MAX_RUNS]]
    head = f'<p class="kn-facts">{plural(len(runs), "run")}</p>'
    return framed(head + table(_HEAD, rows, numeric=(4, 5)) + more(len(runs) - MAX_RUNS, "older runs are"))


def _cells(run: RunRecord) -> tuple[str, ...]:
    shown = look(run.status)
    return (
        short(run.id),
        f"{shown.symbol} {shown.word}",
        line(run.title or run.flow, 40),
        moment(run.created),
        duration(_took(run.started or run.created, run.ended)),
        amount(run.events),
        line(run.reason, 60),
    )


def _row(run: RunRecord) -> tuple[str, ...]:
    _, _, *others = map(esc, _cells(run))
    shown = look(run.status)
    name = f'<code title="run {esc(run.id)}">{esc(short(run.id))}</code>'
    word = f'<span class="kn-word">{esc(shown.word)}</span>'
    return (name, f'<span class="kn-{shown.tone}">{icon(run.status)} {word}</span>', *others)


def _took(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max(0.0, (end - start).total_seconds())


def _pad(said: str, columns: int) -> str:
    return said + " " * (columns - width(said))
