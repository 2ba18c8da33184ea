"""Many jobs at once, in this process: each has a kernel of its own, which is where the work is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kodonb.batch import failures
from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job, perform
from kodonb.batch.outcome import Outcome
from kodonb.model.errors import KodonbError, NotebookError


async def perform_all(jobs: Sequence[Job], workers: int, watcher: Watcher) -> list[Outcome]:
    """Execute jobs, so many at a time.

    Args:
        jobs: The jobs.
        workers: How many at a time.
        watcher: Hears of all of them.

    Returns:
        What became of each, in the order of the jobs; none hinders another.
    """
    room = asyncio.Semaphore(workers)

    async def one(job: Job) -> Outcome:
        async with room:
            return await attempt(job, watcher)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(job)) for job in jobs]
    return [task.result() for task in tasks]


async def attempt(job: Job, watcher: Watcher) -> Outcome:
    """Execute a job; what hinders it from the beginning is its outcome too."""
    try:
        return await perform(job, watcher)
    except Exception as error:  # noqa: BLE001 - one job that fails in a way of its own hinders no other
        outcome = failures.outcome(job.path, job.output, _known(job, error))
        watcher.over(outcome)
        return outcome


def _known(job: Job, error: Exception) -> KodonbError:
    """Return an error as one of ours."""
    if isinstance(error, KodonbError):
        return error
    said = f"{type(error).__name__}: {error}"
    return NotebookError(said, where=str(job.path), remedy="execute it alone, with kodonb run")
