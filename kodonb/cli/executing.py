"""`kodonb run notebook.ipynb`."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec
from typing_extensions import override

from kodonb.batch import files
from kodonb.batch.cells import Cell
from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job, perform
from kodonb.batch.matrix import read_answers, read_values
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.batch.plan import plan
from kodonb.batch.reports import write_html, write_junit
from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.cli.viewers import lines
from kodonb.display.facts import short
from kodonb.display.format import duration, line, plural
from kodonb.model.errors import NotebookError, RunTimeout, UsageError
from kodonb.model.event import Stored

TERMINATED: Final = 143
"""128 + SIGTERM, as shells have it."""


def execute(args: argparse.Namespace, out: Output) -> int:
    """Execute a notebook."""
    if args.detach:
        raise UsageError(
            "a notebook cannot be left alone", remedy="leave out --detach; end the command with &"
        )
    if args.session:
        os.environ["KODONB_SESSION"] = args.session  # for the kernel
    path = Path(args.target)
    output = args.output or path.with_name(f"{path.stem}.executed.ipynb")
    job = Job(path=path, output=output, texts=dict(args.inputs), timeout=args.timeout, **shared(args))
    printer = Printer(out)
    planned = plan(job.path, job.texts, job.values)
    try:
        run_until_signal(perform(job, printer, planned))
    finally:
        _report(args, output, printer.outcomes)
    return conclude(printer.outcomes[0], out)


def shared(args: argparse.Namespace) -> dict[str, Any]:
    """Return what `Job` takes of the options that `run` and `batch` share."""
    return {
        "values": read_values(args.values) if args.values else {},
        "kernel": args.kernel,
        "cwd": args.cwd,
        "cell_timeout": args.cell_timeout,
        "answers": read_answers(args.answers) if args.answers else {},
        "patience": args.answer_timeout,
    }


def _report(args: argparse.Namespace, output: Path, outcomes: list[Outcome]) -> None:
    if args.html and outcomes and output.is_file():
        write_html(files.read(output), args.html)
    if args.junit and outcomes:
        write_junit(outcomes, args.junit)


def conclude(outcome: Outcome, out: Output) -> int:
    """Tell the end of a job, and return the exit code."""
    if out.json:
        out.document({"outcome": outcome})
    else:
        out.line(summary(outcome))
    if outcome.error is None:
        return codes.OK
    told = {name: outcome.error[name] for name in ("code", "where", "remedy")}
    kind = RunTimeout if outcome.status == "late" else NotebookError
    error = kind(outcome.error["message"], **told)
    if outcome.error["traceback"]:
        error.add_note(outcome.error["traceback"])
    Output(json=False).error(error)
    return codes.exit_code(error)


def summary(outcome: Outcome) -> str:
    """Return what became of a job, on a line."""
    facts = [
        f"{len(outcome.cells)} of {plural(outcome.total, 'cell')}",
        plural(len(outcome.runs), "run") if outcome.runs else "",
        duration(outcome.seconds),
    ]
    to = f" → {outcome.output}" if outcome.output else ""
    return f"{Path(outcome.notebook).name}: {outcome.status}, {', '.join(filter(None, facts))}{to}"


def description(outcome: Outcome) -> str:
    """Return what became of a notebook, its error included."""
    error = outcome.error
    why = f"\n  {error['code']}: {error['message']}\n  at: {error['where']}" if error else ""
    return f"{name_of(outcome)}: {summary(outcome).partition(': ')[2]}{why}"


def name_of(outcome: Outcome) -> str:
    """Return what a job is called: its output's file name, which no other has."""
    return Path(outcome.output or outcome.notebook).name


class Printer(Watcher):
    """Prints a job as it goes on: its cells, and the events of its runs.

    Args:
        out: Where to.

    Attributes:
        outcomes: What became of the notebooks that have ended.
    """

    def __init__(self, out: Output) -> None:
        self._out = out
        self.outcomes: list[Outcome] = []

    @override
    def cell(self, outcome: Outcome, number: int, cell: Cell) -> None:
        """Print what begins."""
        title = next(iter(cell.source.strip().splitlines()), "")
        if self._out.json:
            self._out.document({"cell": number, "of": outcome.total, "id": cell.get("id"), "title": title})
        else:
            self._out.line(f"[{number}/{outcome.total}] {line(title, 100)}")
        self._out.flush()

    @override
    def run(self, outcome: Outcome, run: RunOutcome) -> None:
        """Print that a run begins or has ended."""
        if self._out.json:
            self._out.document({"run": msgspec.to_builtins(run)})
        else:
            self._out.line(f"  run {short(run.run)} of {run.flow}: {run.status}")

    @override
    def events(self, run: RunOutcome, events: list[Stored]) -> None:
        """Print what happens in a run."""
        lines(run.run, self._out)(events)

    @override
    def over(self, outcome: Outcome) -> None:
        """Print what should be told besides."""
        self.outcomes.append(outcome)
        for warning in outcome.warnings:
            self._out.note(f"{Path(outcome.notebook).name}: {warning}")


def run_until_signal(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine; SIGINT and SIGTERM cancel it, and are raised once it has cleaned up.

    Raises:
        KeyboardInterrupt: There was a SIGINT.
        SystemExit: There was a SIGTERM.
    """
    caught: list[BaseException] = []

    async def main() -> Any:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(cause: BaseException) -> None:
            caught.append(cause)
            task.cancel()

        loop.add_signal_handler(signal.SIGINT, end, KeyboardInterrupt())
        loop.add_signal_handler(signal.SIGTERM, end, SystemExit(TERMINATED))
        return await work

    try:
        return asyncio.run(main())
    except asyncio.CancelledError:
        raise caught[0] if caught else asyncio.CancelledError from None
