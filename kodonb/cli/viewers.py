"""What is shown of a run's events as they come: a picture, lines, or lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from kodonb.cli.output import Output
from kodonb.display import event_line
from kodonb.model.event import Stored, event, event_json

Take = Callable[[list[Stored]], None]
"""Shows events; they come in order, many at a time when many come."""


@contextmanager
def viewer(run: str, out: Output) -> Iterator[Take]:
    """Hold what shows the events of a run on this output."""
    if out.live:
        from kodonb.cli.live import live  # noqa: PLC0415 - Rich is loaded for terminals only

        with live(run, out) as take:
            yield take
    else:
        yield lines(run, out)


def lines(run: str, out: Output) -> Take:
    """Return what prints a line for each event."""
    one = _as_json if out.json else _as_text

    def take(events: list[Stored]) -> None:
        out.line("\n".join(one(run, stored) for stored in events))
        out.flush()

    return take


def _as_text(run: str, stored: Stored) -> str:
    return event_line(event(run, stored))


def _as_json(run: str, stored: Stored) -> str:
    return event_json(run, stored).decode()
