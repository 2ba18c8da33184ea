"""A run's events as a file, and its picture as a page, piece by piece."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import msgspec

from kodonb.display import run_html
from kodonb.model.event import EPOCH, Event, Stored, event
from kodonb.widgets.messages import Download, Piece

if TYPE_CHECKING:
    from kodonb.session.run import Run

_EVENTS: Final = 5000
_BYTES: Final = 2 * 1024 * 1024  # about as much as a piece may have
_MIME: Final = {"jsonl": "application/jsonl", "csv": "text/csv", "html": "text/html"}


def piece(run: Run, asked: Download) -> Piece:
    """Return the next piece of a file."""
    name, mime = f"{run.id}.{asked.format}", _MIME[asked.format]
    if asked.format == "html":
        return Piece(name=name, mime=mime, text=_page(run), after=None)
    found = _some(run, asked.after)
    made = _jsonl(run.id, found) if asked.format == "jsonl" else _csv(run.id, found, head=asked.after < 0)
    return Piece(name=name, mime=mime, text=made, after=found[-1].offset if found else None)


def _some(run: Run, after: int) -> list[Stored]:
    size, found = 0, []
    for stored in run.session.log.read(run.id, after, _EVENTS):
        found.append(stored)
        size += len(stored.payload)
        if size > _BYTES:
            break
    return found


def _jsonl(run: str, found: Iterable[Stored]) -> str:
    return "".join(msgspec.json.encode(event(run, stored)).decode() + "\n" for stored in found)


def _csv(run: str, found: Iterable[Stored], *, head: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    if head:
        writer.writerow(Event.__struct_fields__)
    for stored in found:
        at = EPOCH + stored.at * EPOCH.resolution
        payload = stored.payload.decode()
        writer.writerow((run, stored.offset, at.isoformat(), stored.kind, stored.source, payload))
    return text.getvalue()


def _page(run: Run) -> str:
    body = run_html(run.view(), clock=True)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Run {html.escape(run.id)}</title>'
        f"<body>{body}</body></html>"
    )
