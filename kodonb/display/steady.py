"""What is equal each time of a run: its picture without times, and in an order that does not depend on them.

With `KODONB_DETERMINISTIC` everything is drawn from this. Times and durations are left out, as if nobody had noticed
them; what parallel steps did is sorted by their ids.
"""

from __future__ import annotations

import copy
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from kodonb.display.records import Attempt, Item, Line, StepView
from kodonb.display.stepbook import StepBook
from kodonb.display.tail import Tail
from kodonb.display.view import RunView
from kodonb.model.run import RunRecord, called
from kodonb.model.settings import deterministic

T = TypeVar("T")

_NEW: Final = re.compile(
    r"(?<=/)tmp[a-z0-9_]{8}\b|(?<=\b127\.0\.0\.1:)\d+|(?<=\blocalhost:)\d+|(?<=\bCell In\[)\d+(?=\])"
)
"""What is new each time: names that Python gives temporary files, ports of this machine, counts of executed cells.

Tools that execute notebooks count cells each in their way.
"""


def steady(view: RunView) -> RunView:
    """Return what a run is drawn from: the view, or with `KODONB_DETERMINISTIC` what of it is equal each time."""
    if not deterministic():
        return view
    made = copy.copy(view)
    made.run = called(view.run)
    made.meta = _meta(view.meta)
    made.first_at = made.last_at = made.ended_at = None
    made.statuses = deque()
    made.book = _book(view.book)
    made.progress = dict(sorted(view.progress.items(), key=lambda kept: (_order(kept[0][0]), kept[1].title)))
    made.metrics = _sorted(view.metrics)
    made.questions = _sorted(view.questions)
    made.answers = deque(replace(answer, by="") for answer in view.answers)
    made.results, made.displays = _items(view.results), _items(view.displays)
    made.notes, made.uploads, made.errors = _items(view.notes), _items(view.uploads), _items(view.errors)
    made.output = _output(view.output)
    return made


def steady_record(run: RunRecord) -> RunRecord:
    """Return what a run is listed from, as `steady` does."""
    if not deterministic():
        return run
    retried = called(run.retry_of) if run.retry_of else None
    return msgspec.structs.replace(
        run, id=called(run.id), retry_of=retried, created=None, started=None, ended=None, user="", cluster=""
    )


def steady_text(drawn: str) -> str:
    """Return a picture, or with `KODONB_DETERMINISTIC` what of its text is equal each time."""
    return _NEW.sub("…", drawn) if deterministic() else drawn


def _order(source: str) -> list[tuple[int, int | str]]:
    """Return by what ids are sorted: ``train#2`` comes before ``train#10``."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", source) if part]


def _sorted(named: dict[str, T]) -> dict[str, T]:
    return dict(sorted(named.items(), key=lambda kept: _order(kept[0])))


def _meta(meta: dict[str, Any]) -> dict[str, Any]:
    retried = meta.get("retry_of")
    return {**meta, "retry_of": called(retried)} if isinstance(retried, str) and retried else meta


def _book(book: StepBook) -> StepBook:
    made = copy.copy(book)
    made.held = _sorted({call: _step(step) for call, step in book.held.items()})
    return made


def _step(step: StepView) -> StepView:
    return replace(step, attempts=[Attempt(attempt.number, attempt.state) for attempt in step.attempts])


def _items(items: Iterable[Item]) -> deque[Item]:
    # Each source keeps its own order; offsets tell the order among sources, which is another each time.
    return deque(replace(item, offset=0) for item in sorted(items, key=lambda item: _order(item.source)))


def _output(tail: Tail) -> Tail:
    """Return the output source by source, with lines whole that others had come between."""
    made = Tail()
    for line in sorted(tail.lines, key=lambda line: _order(line.source)):
        last = made.lines[-1] if made.lines else None
        if last is not None and not last.complete and (last.kind, last.source) == (line.kind, line.source):
            made.lines[-1] = Line(line.kind, line.source, last.text + line.text, line.complete)
        else:
            made.lines.append(line)
    made.count = tail.count - len(tail.lines) + len(made.lines)
    return made
