"""Many jobs at once, on Ray: a flow in which each notebook is a step, so that its run is watched as any other."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from pydantic import SecretStr
from typing_extensions import override

from kodonb.batch import failures
from kodonb.batch.execution import Watcher
from kodonb.batch.job import Job
from kodonb.batch.many import attempt
from kodonb.batch.outcome import Outcome, RunOutcome
from kodonb.flows.flow import flow
from kodonb.flows.step import step
from kodonb.flows.verbs import emit
from kodonb.model.errors import KodonbError, RunError


def packed(job: Job) -> SecretStr:
    """Return a job as JSON, which may hold secrets; workers have another folder, so its paths are whole."""
    paths = {name: path.absolute() for name in ("path", "output", "cwd") if (path := getattr(job, name))}
    return SecretStr(msgspec.json.encode(msgspec.structs.replace(job, **paths), enc_hook=str).decode())


def _unpacked(job: SecretStr) -> Job:
    return msgspec.json.decode(job.get_secret_value(), type=Job, dec_hook=lambda kind, value: kind(value))


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
def execute(job: SecretStr) -> dict[str, Any]:
    """Execute one notebook."""
    outcome: dict[str, Any] = msgspec.to_builtins(asyncio.run(attempt(_unpacked(job), Telling())))
    return outcome


def _lost(job: SecretStr, error: KodonbError) -> dict[str, Any]:
    """Return the outcome of a notebook whose worker has died."""
    lost = _unpacked(job)
    outcome: dict[str, Any] = msgspec.to_builtins(failures.outcome(lost.path, lost.output, error))
    return outcome


@flow(name="batch", title="Batch of notebooks")
async def batch(jobs: list[SecretStr], workers: int) -> list[dict[str, Any]]:
    """Execute notebooks, so many at a time."""
    room = asyncio.Semaphore(workers)

    async def one(job: SecretStr) -> dict[str, Any]:
        async with room:
            try:
                return await execute.submit(job)
            except RunError as error:  # its worker died, say; the others go on
                return _lost(job, error)

    return list(await asyncio.gather(*map(one, jobs)))
