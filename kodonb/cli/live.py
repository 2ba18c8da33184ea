"""A run on a terminal, drawn anew when something happened."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.live import Live

from kodonb.cli.output import Output
from kodonb.cli.picture import picture
from kodonb.cli.viewers import Take
from kodonb.display import RunView
from kodonb.model.event import Stored, event

_PAUSE: Final = 0.1  # seconds between two pictures


@contextmanager
def live(run: str, out: Output) -> Iterator[Take]:
    """Hold the live view of a run; its last picture stays on the terminal."""
    view = RunView(run)
    console = Console(file=out.file)
    area = Live(console=console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
    with area:
        screen = _Screen(view, area)
        try:
            yield screen.take
        finally:
            screen.close()


class _Screen:
    """Draws at most so often, and not at all while nothing happens.

    Args:
        view: The run.
        area: Where it is drawn.
    """

    def __init__(self, view: RunView, area: Live) -> None:
        self._view = view
        self._area = area
        self._guard = threading.Lock()
        self._timer: threading.Timer | None = None

    def take(self, events: list[Stored]) -> None:
        with self._guard:
            self._view.take_all(event(self._view.run, stored) for stored in events)
            if self._timer is None:
                self._timer = threading.Timer(_PAUSE, self._draw)
                self._timer.daemon = True
                self._timer.start()

    def _draw(self) -> None:
        with self._guard:
            self._timer = None
            self._area.update(picture(self._view), refresh=True)

    def close(self) -> None:
        """Draw for the last time."""
        with self._guard:
            timer = self._timer
        if timer is not None:
            timer.cancel()
            timer.join()
        self._draw()
