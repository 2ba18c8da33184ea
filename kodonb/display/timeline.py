"""When the steps of a run ran: a Gantt chart whose rows hold calls that did not overlap."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Final

from kodonb.display.format import TIMES, plural
from kodonb.display.records import ENDED, Attempt
from kodonb.display.view import RunView

MAX_ROWS: Final = 24
"""Most rows; the steps that ran longest get them."""

MAX_SPANS: Final = 240
"""Most bars."""


@dataclass(slots=True, frozen=True)
class Span:
    """An attempt on the time axis, in seconds since the run's first event."""

    step: str
    name: str
    number: int
    state: str
    start: float
    end: float
    waited: float


@dataclass(slots=True)
class Row:
    """Calls of one step that ran one after the other; only the first row of a step has a label."""

    label: str
    spans: list[Span] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class Chart:
    """Rows, the length of the axis and the times at which the run waited for an answer, in seconds."""

    rows: tuple[Row, ...]
    length: float
    waits: tuple[tuple[float, float], ...]
    cut: int


def chart(view: RunView) -> Chart:
    """Return when a run's steps ran."""
    spans = _spans(view)
    rows: list[Row] = []
    by_name: defaultdict[str, list[Span]] = defaultdict(list)
    for span in spans[:MAX_SPANS]:
        by_name[span.name].append(span)
    for name, calls in by_name.items():
        rows += _packed(name, calls)
    drawn = rows[:MAX_ROWS]
    shown = sum(len(row.spans) for row in drawn)
    return Chart(tuple(drawn), _length(view, spans), _waits(view), len(spans) - shown)


def ticks(length: float) -> list[float]:
    """Return four to eight round times on an axis of so many seconds."""
    steps = [10.0**power * base for power in range(-3, 2) for base in (1, 2, 5)]
    steps += [60.0 * m for m in (1, 2, 5, 10, 15, 30)] + [3600.0 * h for h in (1, 2, 3, 6, 12)]
    step = next((s for s in sorted(steps) if length / s <= 7), 86400.0 * max(1, round(length / 86400 / 6)))
    return [index * step for index in range(int(length / step) + 1)]


def _spans(view: RunView) -> list[Span]:
    found = [
        span
        for step in view.steps.values()
        for attempt in step.attempts
        if (span := _span(view, step.id, step.name, attempt)) is not None
    ]
    return sorted(found, key=lambda span: (span.start, span.end, span.step))


def _span(view: RunView, step: str, name: str, attempt: Attempt) -> Span | None:
    begun = attempt.started or (attempt.ended if attempt.state in ENDED else None)
    if begun is None:
        return None
    start = _since(view, begun)
    if attempt.ended is not None:
        end = start + (attempt.duration or 0.0)
    else:
        end = _since(view, view.ended_at or view.last_at)
    waited = start - _since(view, attempt.submitted) if attempt.submitted else 0.0
    return Span(step, name, attempt.number, attempt.state, start, max(start, end), max(0.0, waited))


def _since(view: RunView, at: datetime | None) -> float:
    return 0.0 if at is None or view.first_at is None else max(0.0, (at - view.first_at).total_seconds())


def _length(view: RunView, spans: list[Span]) -> float:
    return max([view.elapsed or 0.0, 0.001, *(span.end for span in spans)])


def _packed(name: str, spans: list[Span]) -> list[Row]:
    calls = len({span.step for span in spans})
    rows: list[Row] = []
    for span in spans:
        free = next((row for row in rows if _follows(span, row.spans[-1])), None)
        if free is None:
            free = Row("" if rows else name if calls == 1 else f"{name} {TIMES} {calls}")
            rows.append(free)
        free.spans.append(span)
    return rows


def _follows(span: Span, before: Span) -> bool:
    return before.state in ENDED and before.end <= span.start + 1e-6


def _waits(view: RunView) -> tuple[tuple[float, float], ...]:
    changes = [(_since(view, at), status) for at, status in view.statuses]
    following = pairwise([*changes, (_since(view, view.last_at), "")])
    found = [(at, end) for (at, status), (end, _) in following if status == "awaiting"]
    return tuple((at, max(at, end)) for at, end in found[-20:])


def summary(found: Chart) -> str:
    """Return what the chart shows, in words."""
    spans = [span for row in found.rows for span in row.spans]
    return f"{plural(len(spans), 'attempt')} in {plural(len(found.rows), 'row')}"
