"""`kodonb batch`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from typing_extensions import override

from kodonb.batch import matrix
from kodonb.batch.job import Job
from kodonb.batch.many import perform_all
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.batch.reports import write_junit
from kodonb.cli import codes
from kodonb.cli.executing import Printer, description, name_of, run_until_signal, shared
from kodonb.cli.output import Output
from kodonb.display import event_line
from kodonb.display.facts import short
from kodonb.display.format import plural
from kodonb.model.event import Stored, event

_USAGE: Final = {"KN001", "KN002", "KN005", "KN006", "KN010"}


def batch(args: argparse.Namespace, out: Output) -> int:
    """Execute many notebooks."""
    jobs, left_out = _jobs(args, out)
    workers = args.workers or _cpus()
    if args.on == "ray":
        from kodonb.cli.spreading import spread  # noqa: PLC0415 - a cluster is reached only when it is wanted

        outcomes = spread(jobs, workers, args.junit, out)
    else:
        outcomes = _here(jobs, workers, args.junit, out)
    return _conclude(outcomes, left_out, out)


def _jobs(args: argparse.Namespace, out: Output) -> tuple[list[Job], int]:
    grid = matrix.grid(matrix.read_values(args.matrix)) if args.matrix else [{}]
    common = {**shared(args), "texts": dict(args.inputs), "timeout": args.timeout}
    jobs = matrix.jobs(args.notebooks, grid, args.output, common)
    left = [job for job in jobs if not (args.resume and matrix.is_finished(job))]
    if len(left) < len(jobs):
        out.note(f"{plural(len(jobs) - len(left), 'notebook')} of {len(jobs)} had ended well before")
    return left, len(jobs) - len(left)


def _here(jobs: Sequence[Job], workers: int, junit: Path | None, out: Output) -> list[Outcome]:
    with watched(jobs, junit, out) as watcher:
        found: list[Outcome] = run_until_signal(perform_all(jobs, workers, watcher))
    return found


@contextmanager
def watched(jobs: Sequence[Job], junit: Path | None, out: Output) -> Iterator[Printer]:
    """Show the jobs, and report those that have ended, whatever ends the command."""
    order = [str(job.output) for job in jobs]
    with _watching(jobs, out) as watcher:
        try:
            yield watcher
        finally:
            if junit:
                write_junit(sorted(watcher.outcomes, key=lambda each: order.index(each.output)), junit)


def _watching(jobs: Sequence[Job], out: Output) -> AbstractContextManager[Printer]:
    """Return what shows the jobs: a table on a terminal, else lines."""
    if out.live:
        from kodonb.cli.board import board  # noqa: PLC0415 - Rich is loaded for terminals only

        return board(jobs, out)
    return _Lines(out)


class _Lines(Printer, AbstractContextManager["_Lines"]):
    """Prints a line when a notebook begins or ends."""

    @override
    def cell(self, outcome: Outcome, number: int, cell: object) -> None:
        if number == 1 and not self._out.json:
            self._out.line(f"{name_of(outcome)}: {plural(outcome.total, 'cell')}")
            self._out.flush()

    @override
    def events(self, run: RunOutcome, events: list[Stored]) -> None:
        if self._out.json:
            super().events(run, events)
        else:
            found = (event_line(event(run.run, stored)) for stored in events)
            self._out.line("\n".join(f"  {short(run.run)} {told}" for told in found))

    @override
    def over(self, outcome: Outcome) -> None:
        super().over(outcome)
        if self._out.json:
            self._out.document({"outcome": outcome})
        else:
            self._out.line(description(outcome))
        self._out.flush()

    def __exit__(self, *_: object) -> None:
        """Do nothing: every line is printed."""


def _conclude(outcomes: Sequence[Outcome], left_out: int, out: Output) -> int:
    counts = {
        status: sum(1 for each in outcomes if each.status == status) for status in ("ok", "failed", "late")
    }
    facts = [f"{number} {status}" for status, number in counts.items() if number]
    if left_out:
        facts.append(f"{left_out} done before")
    if out.json:
        out.document({"summary": counts})
    else:
        out.line(f"{plural(len(outcomes) + left_out, 'notebook')}: {', '.join(facts) or 'nothing to do'}")
    if counts["failed"]:
        failed = {each.error["code"] for each in outcomes if each.error and each.status == "failed"}
        return codes.USAGE if failed <= _USAGE else codes.FAILED
    return codes.LATE if counts["late"] else codes.OK


def _cpus() -> int:
    """Return how many CPUs this process may use."""
    own = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(own(0)) if own else os.cpu_count() or 1
