"""Follows a run in a cell: one picture, redrawn while there is something new."""

from __future__ import annotations

import html
import time
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Final

import msgspec

from kodonb.display import RunView, run_html, run_text
from kodonb.events.spool import Page
from kodonb.magics.front import replaces
from kodonb.magics.output import say, show
from kodonb.model.errors import RunTimeout
from kodonb.model.event import EPOCH, Event
from kodonb.model.run import called
from kodonb.model.settings import deterministic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.session.run import Run

TICK: Final = 0.25
"""Least time between two pictures, in seconds."""

_MICROSECOND: Final = EPOCH.resolution


class Picture:
    """The picture of a run in a cell's output.

    Args:
        view: What is known of the run.
        live: Whether outputs can be replaced; if not, there is one picture, at the end, and text for questions.
    """

    def __init__(self, view: RunView, *, live: bool) -> None:
        self._view = view
        self._live = live
        self._key = f"kodonb-{view.run}"
        self._placed = False
        self._drawn = -2  # offset of the last event in the picture
        self._at = float("-inf")
        self._asked: set[str] = set()

    def due(self) -> float | None:
        """Return seconds until the next picture; `None` while there is nothing new."""
        if self._drawn == self._view.last:
            return None
        return max(0.0, self._at + TICK - time.monotonic())

    def draw(self) -> None:
        """Show the run as it is now, and how to answer what it asks while this cell waits."""
        notes = self._notes()
        if self._live:
            self._show(notes)
        elif self._view.questions.keys() - self._asked and not deterministic():
            self._asked |= self._view.questions.keys()
            say("\n".join([run_text(self._view), *notes]))
        self._drawn, self._at = self._view.last, time.monotonic()

    def seal(self) -> None:
        """Show the run for the last time: what stays in the notebook."""
        self._show([])

    def _show(self, notes: list[str]) -> None:
        markup = run_html(self._view) + "".join(f"<p>{html.escape(note)}</p>" for note in notes)
        text = "\n".join([run_text(self._view), *notes])
        show(text, markup, key=self._key, again=self._placed)
        self._placed = self._live

    def _notes(self) -> list[str]:
        if not self._view.questions:
            return []
        told = f"kodonb answer {self._view.run} key=value in a terminal, or %flow answer in another notebook"
        return [f"This cell waits for an answer: {told}. Interrupting the cell leaves the run waiting."]


def follow(
    shell: InteractiveShell, run: Run, *, timeout: float | None = None, on_interrupt: str = "detach"
) -> None:
    """Show a run until it has ended; the picture that stays is static.

    Args:
        shell: The notebook.
        run: The run.
        timeout: Seconds to wait at most.
        on_interrupt: What a keyboard interrupt does: ``"detach"`` or ``"cancel"``.

    Raises:
        RunFailed: The run ended in an error or was cancelled.
        RunTimeout: It has not ended in time; it goes on (KN303).
    """
    view = RunView(run.id)
    # What is replaced on the way depends on how fast things are, and nbval compares the first of it.
    picture = Picture(view, live=replaces(shell) and not deterministic())
    try:
        _watch(run, view, picture, timeout)
    except KeyboardInterrupt:
        if on_interrupt == "detach":
            name = called(run.id)
            say(f"detached from run {name}, which goes on: %flow show {name}, or %flow cancel {name}")
            return
        run.cancel()
        _watch(run, view, picture, None)
    finally:
        picture.seal()
    if view.status != "finished":
        run.result()


def _watch(run: Run, view: RunView, picture: Picture, timeout: float | None) -> None:
    """Take events until the run has ended, drawing on the way."""
    until = None if timeout is None else time.monotonic() + timeout
    asked = run.session.page(run.id, view.last)
    try:
        while True:
            page = _arrived(asked, _sooner(picture.due(), until))
            if page is not None and page.over:
                return
            if page is not None:
                view.take_all(_events(page))
                asked = run.session.page(run.id, view.last)
            if picture.due() == 0:
                picture.draw()
            if until is not None and time.monotonic() >= until:
                name = called(run.id)
                raise RunTimeout(
                    f"run {name} has not ended in {timeout:g} s; it is {view.status} and goes on",
                    remedy=f"come back to it with %flow show {name}, or end it with %flow cancel {name}",
                )
    finally:
        run.session.forget(asked)


def _sooner(due: float | None, until: float | None) -> float | None:
    left = None if until is None else max(0.0, until - time.monotonic())
    times = [seconds for seconds in (due, left) if seconds is not None]
    return min(times, default=None)


def _arrived(asked: Future[Page], patience: float | None) -> Page | None:
    return asked.result() if wait([asked], patience).done else None


def _events(page: Page) -> Iterator[Event]:
    # One decoding for all of a page costs a third of one for each.
    payloads = msgspec.json.decode(b"[" + b",".join(stored.payload for stored in page.events) + b"]")
    for stored, payload in zip(page.events, payloads, strict=True):
        yield Event(
            page.run, stored.offset, EPOCH + stored.at * _MICROSECOND, stored.kind, stored.source, payload
        )
