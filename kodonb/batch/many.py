"""Many jobs at once, in this process: each has a kernel of its own, which is where the work is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job, perform, told
from kodonb.batch.outcome import Outcome
from kodonb.batch.plan import Plan, plan
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
    # Before any kernel: to know a flow's form, cells are executed in this process and in their notebook's folder.
    plans = [await asyncio.to_thread(_plan, job) for job in jobs]

    async def one(job: Job, planned: Plan | Exception) -> Outcome:
        async with room:
            return await attempt(job, watcher, planned)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*pair)) for pair in zip(jobs, plans, strict=True)]
    return [task.result() for task in tasks]


async def attempt(job: Job, watcher: Watcher, planned: Plan | Exception | None = None) -> Outcome:
    """Execute a job; what hinders it from the beginning is its outcome too."""
    if isinstance(planned, Exception):
        return _hindered(job, watcher, planned)
    try:
        return await perform(job, watcher, planned)
    except Exception as error:  # noqa: BLE001 - one job that fails in a way of its own hinders no other
        return _hindered(job, watcher, error)


def _plan(job: Job) -> Plan | Exception:
    try:
        return plan(job.path, job.texts, job.values)
    except Exception as error:  # noqa: BLE001 - it becomes the outcome of this job
        return error


def _hindered(job: Job, watcher: Watcher, cause: Exception) -> Outcome:
    error = cause if isinstance(cause, KodonbError) else _unforeseen(job, cause)
    outcome = Outcome(
        notebook=str(job.path), output=str(job.output or ""), status="failed", error=told(error)
    )
    watcher.over(outcome)
    return outcome


def _unforeseen(job: Job, cause: Exception) -> NotebookError:
    said = f"{type(cause).__name__}: {cause}"
    return NotebookError(said, where=str(job.path), remedy="execute it alone, with kodonb run")
