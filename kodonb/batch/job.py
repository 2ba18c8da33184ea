"""A job: one notebook, from its file to the executed file."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kodonb.batch import failures, files
from kodonb.batch.claim import claimed
from kodonb.batch.execution import Execution, Options, Watcher
from kodonb.batch.outcome import Outcome
from kodonb.batch.plan import Plan, plan
from kodonb.model.errors import NotebookError, RunTimeout


class Job(Options, frozen=True, kw_only=True):
    """What is to be done with a notebook, and how.

    Attributes:
        path: The notebook.
        texts: Values of parameters as typed text.
        values: Values of parameters as Python or JSON values.
        output: Where the executed notebook goes; nowhere if `None`.
    """

    path: Path
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    output: Path | None = None


async def perform(job: Job, watcher: Watcher | None = None, planned: Plan | None = None) -> Outcome:
    """Execute a notebook.

    Args:
        job: What is to be done.
        watcher: Hears of what happens.
        planned: What `kodonb.batch.plan.plan` made of it, if that was done already.

    The executed notebook is written after every cell, so that a job that is killed leaves what it had.

    Returns:
        What became of it; an error of a cell or of time is in it, and is raised by nobody.

    Raises:
        UsageError: Parameters do not fit (KN010), or there is no such file (KN006).
        NotebookError: The file is no notebook (KN601), or the output cannot be written (KN605, KN606).
        asyncio.CancelledError: The job was cancelled; what it had is written.
    """
    planned = planned or plan(job.path, job.texts, job.values)
    with contextlib.nullcontext() if job.output is None else claimed(job.output):
        return await _perform(job, planned, watcher or Watcher())


async def _perform(job: Job, planned: Plan, watcher: Watcher) -> Outcome:
    outcome = Outcome(
        notebook=str(job.path),
        output=str(job.output or ""),
        parameters=planned.shown,
        warnings=list(planned.warnings),
        total=planned.total,
    )
    began = time.perf_counter()
    keep = Keeper(job.output, planned, outcome)
    try:
        with _judged(outcome):
            await Execution(planned, outcome, job, watcher, keep.soon).perform()
    finally:
        outcome.seconds = time.perf_counter() - began
        keep.now()
        watcher.over(outcome)
    return outcome


@contextlib.contextmanager
def _judged(outcome: Outcome) -> Iterator[None]:
    """Write into an outcome how it ends."""
    try:
        yield
        outcome.status = "ok"
    except RunTimeout as error:
        outcome.status, outcome.error = "late", failures.data(error)
    except NotebookError as error:
        if error.code in {"KN605", "KN606"}:
            raise
        outcome.status, outcome.error = "failed", failures.data(error)
    except asyncio.CancelledError:
        outcome.status = "interrupted"
        raise


class Keeper:
    """Writes the executed notebook.

    Args:
        path: Where to; nowhere if `None`.
        planned: What is executed.
        outcome: What becomes of it: its gist is kept in the notebook's metadata, under ``kodonb``.
    """

    def __init__(self, path: Path | None, planned: Plan, outcome: Outcome) -> None:
        self._path = path
        self._notebook = planned.notebook
        self._outcome = outcome
        self._due = 0.0

    def soon(self) -> None:
        """Write, unless writing has taken more than a twentieth of the time lately: large notebooks take long."""
        if time.perf_counter() < self._due:
            return
        began = time.perf_counter()
        self.now()
        ended = time.perf_counter()
        self._due = ended + 20 * (ended - began)

    def now(self) -> None:
        """Write."""
        if self._path is None:
            return
        outcome = self._outcome
        self._notebook.metadata["kodonb"] = {
            "version": version("kodonb"),
            "status": outcome.status,
            "parameters": outcome.parameters,
            "runs": [
                {"run": r.run, "flow": r.flow, "cell": r.cell, "status": r.status} for r in outcome.runs
            ],
        }
        files.write(self._path, self._notebook)
