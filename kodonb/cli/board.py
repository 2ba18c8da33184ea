"""A batch on a terminal: one table, drawn anew when something happened."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text
from typing_extensions import override

from kodonb.batch.cells import Cell
from kodonb.batch.job import Job
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.cli.executing import Printer, description
from kodonb.cli.output import Output
from kodonb.display.format import duration
from kodonb.model.event import Stored

_PICTURES: Final = 4  # a second, at most
_STYLES: Final = {"ok": "green", "failed": "red", "late": "yellow", "interrupted": "yellow"}


@contextmanager
def board(jobs: Sequence[Job], out: Output) -> Iterator[Board]:
    """Hold the table of a batch; its last picture stays on the terminal."""
    shown = Board(jobs, out)
    console = Console(file=out.file)
    with Live(
        console=console, get_renderable=shown.table, refresh_per_second=_PICTURES, redirect_stdout=False
    ):
        yield shown
    for outcome in shown.outcomes:
        for warning in outcome.warnings:
            out.note(f"{Path(outcome.output).name}: {warning}")
        if outcome.error:
            out.line(description(outcome))


class Board(Printer):
    """Knows how far each notebook of a batch is.

    Args:
        jobs: The notebooks.
        out: Where they are printed.
    """

    def __init__(self, jobs: Sequence[Job], out: Output) -> None:
        super().__init__(out)
        self._guard = threading.Lock()
        self._known: dict[str, Outcome | None] = {str(job.output): None for job in jobs}

    @override
    def cell(self, outcome: Outcome, number: int, cell: Cell) -> None:
        """Note which cell is executed."""
        self._note(outcome)

    @override
    def done(self, outcome: Outcome) -> None:
        """Note that a cell has ended."""
        self._note(outcome)

    @override
    def run(self, outcome: Outcome, run: RunOutcome) -> None:
        """Note what became of a run."""
        self._note(outcome)

    @override
    def events(self, run: RunOutcome, events: list[Stored]) -> None:
        """Leave events out: there is one line for a notebook."""

    @override
    def over(self, outcome: Outcome) -> None:
        """Note how a notebook has ended."""
        self.outcomes.append(outcome)
        self._note(outcome)

    def _note(self, outcome: Outcome) -> None:
        with self._guard:
            self._known[outcome.output] = outcome

    def table(self) -> Table:
        """Draw the table."""
        made = Table("notebook", "status", "cells", "runs", "time", box=None, pad_edge=False)
        with self._guard:
            known = list(self._known.items())
        for name, outcome in known:
            if outcome is None:
                made.add_row(Text(name), "waiting", "", "", "", style="dim")
            else:
                word = "running" if outcome.status == "unfinished" else outcome.status
                made.add_row(
                    Text(name),
                    f"[{_STYLES.get(word, 'cyan')}]{word}[/]",
                    f"{len(outcome.cells)} of {outcome.total}",
                    Text(_runs(outcome)),
                    duration(outcome.seconds or sum(cell.seconds for cell in outcome.cells)),
                )
        return made


def _runs(outcome: Outcome) -> str:
    return " ".join(f"{run.flow} {run.status}" for run in outcome.runs[-2:])
