"""Windows of a run's event list: some events before or after an offset, of those that are wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from kodonb.display.lines import said
from kodonb.model.event import Event, Stored, event
from kodonb.widgets.messages import EventRow, Events, Window

if TYPE_CHECKING:
    from kodonb.session.run import Run

MAX_ROWS: Final = 500
"""Most rows of a window."""

_CHUNK: Final = 2000  # events that are read at a time
_PATIENCE: Final = 0.5  # seconds of searching before what was found is told
_MAX_TEXT: Final = 400


def window(run: Run, asked: Events) -> Window:
    """Return a window of the event list.

    A rare word is not searched to the end of the log at once: the window says where to go on.
    """
    limit = max(1, min(asked.limit, MAX_ROWS))
    return _later(run, asked, limit) if asked.after is not None else _earlier(run, asked, limit)


def _later(run: Run, asked: Events, limit: int) -> Window:
    first = at = -1 if asked.after is None else asked.after
    rows: list[EventRow] = []
    until = time.monotonic() + _PATIENCE
    while len(rows) < limit and time.monotonic() < until:
        found = run.session.log.read(run.id, at, _CHUNK)
        for stored in found:
            at = stored.offset
            rows += _wanted(run.id, asked, stored)
            if len(rows) == limit:
                break
        if len(found) < _CHUNK:
            break
    return Window(rows=tuple(rows), earlier=first + 1 if first >= 0 else None, later=at)


def _earlier(run: Run, asked: Events, limit: int) -> Window:
    end = run.record.events if asked.before is None else asked.before
    rows: list[EventRow] = []
    at = end
    until = time.monotonic() + _PATIENCE
    for stored in _backwards(run, end):
        at = stored.offset
        rows += _wanted(run.id, asked, stored)
        if len(rows) == limit or time.monotonic() > until:
            break
    return Window(rows=tuple(reversed(rows)), earlier=at if at > 0 else None, later=end - 1)


def _backwards(run: Run, end: int) -> Iterator[Stored]:
    # Offsets are dense, so what lies before an offset is found without counting.
    while end > 0:
        first = max(0, end - _CHUNK)
        found = run.session.log.read(run.id, first - 1, end - first)
        yield from reversed(found)
        end = first


def _wanted(run: str, asked: Events, stored: Stored) -> Iterator[EventRow]:
    if asked.kinds and stored.kind not in asked.kinds:
        return
    if asked.source and stored.source != asked.source:
        return
    told = event(run, stored)
    if not asked.search or asked.search.casefold() in _everything(told, stored):
        yield EventRow(
            offset=told.offset,
            at=stored.at / 1000,
            kind=told.kind,
            source=told.source,
            text=said(told, _MAX_TEXT),
        )


def _everything(told: Event, stored: Stored) -> str:
    return f"{told.kind} {told.source} {said(told, 10_000)} {stored.payload.decode()}".casefold()
