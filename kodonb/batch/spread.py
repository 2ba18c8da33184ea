"""Many jobs at once, on Ray: a flow in which each notebook is a step, so that its run is watched as any other."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from typing_extensions import override

from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job
from kodonb.batch.many import attempt
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.flows.flow import flow
from kodonb.flows.step import step
from kodonb.flows.verbs import emit


def packed(job: Job) -> dict[str, Any]:
    """Return a job as JSON values; workers have another folder, so its paths are whole."""
    paths = {name: path.absolute() for name in ("path", "output", "cwd") if (path := getattr(job, name))}
    made: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(job, **paths), enc_hook=str)
    return made


class Telling(Watcher):
    """Tells of a job by events of its step."""

    @override
    def done(self, outcome: Outcome) -> None:
        """Tell how far it is."""
        self._tell(outcome)

    @override
    def over(self, outcome: Outcome) -> None:
        """Tell how it ended."""
        self._tell(outcome)

    @override
    def run(self, outcome: Outcome, run: RunOutcome) -> None:
        """Tell of a run in it."""
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        emit("action", {"job": outcome.output, "outcome": msgspec.to_builtins(outcome)})


# A notebook waits for runs whose steps need CPUs: if it held one itself, all could wait for each other.
@step(name="notebook", num_cpus=0)
def execute(job: dict[str, Any]) -> dict[str, Any]:
    """Execute one notebook."""
    made = msgspec.convert(job, Job, dec_hook=lambda kind, value: kind(value))
    outcome: dict[str, Any] = msgspec.to_builtins(asyncio.run(attempt(made, Telling())))
    return outcome


@flow(name="batch", title="Batch of notebooks")
async def batch(jobs: list[dict[str, Any]], workers: int) -> list[dict[str, Any]]:
    """Execute notebooks, so many at a time."""
    room = asyncio.Semaphore(workers)

    async def one(job: dict[str, Any]) -> dict[str, Any]:
        async with room:
            return await execute.submit(job)

    return list(await asyncio.gather(*map(one, jobs)))
