"""`kodonb batch --on ray`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kodonb import session as sessions
from kodonb.batch import spread as spreading
from kodonb.batch.job import Job
from kodonb.batch.outcome import Outcome
from kodonb.cli.batching import watched
from kodonb.cli.client import client
from kodonb.cli.output import Output


def spread(jobs: Sequence[Job], workers: int, junit: Path | None, out: Output) -> list[Outcome]:
    """Execute jobs as steps of a run; ending this command leaves the run to itself."""
    # Workers have another folder, so they know whole paths.
    names = {str(job.output.absolute()): str(job.output) for job in jobs if job.output}
    with client("ray") as session, watched(jobs, junit, out) as watcher:
        run = sessions.submit(
            spreading.batch, {"jobs": [spreading.packed(job) for job in jobs], "workers": workers}, session
        )
        out.note(f"run {run.id} executes {len(jobs)} notebooks; it goes on without this command")
        for event in run.events(kind="action"):
            outcome = _outcome(event.payload["outcome"], names)
            (watcher.done if outcome.status == "unfinished" else watcher.over)(outcome)
        outcomes = [_outcome(each, names) for each in run.result()]
        heard = {outcome.output for outcome in watcher.outcomes}
        for lost in outcomes:
            if lost.output not in heard:  # its worker died, and told nothing
                watcher.over(lost)
        return outcomes


def _outcome(told: dict[str, Any], names: Mapping[str, str]) -> Outcome:
    """Return what became of a job; its output is called as it is here."""
    return msgspec.convert({**told, "output": names[told["output"]]}, Outcome)
