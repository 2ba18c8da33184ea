"""`kodonb batch --on ray`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from kodonb import session as sessions
from kodonb.batch import spread as spreading
from kodonb.batch.job import Job
from kodonb.batch.outcome import Outcome
from kodonb.cli.batching import watching
from kodonb.cli.client import client
from kodonb.cli.output import Output


def spread(jobs: Sequence[Job], workers: int, out: Output) -> list[Outcome]:
    """Execute jobs as steps of a run; ending this command leaves the run to itself."""
    with client("ray") as session, watching(jobs, out) as watcher:
        run = sessions.submit(
            spreading.batch, {"jobs": [spreading.packed(job) for job in jobs], "workers": workers}, session
        )
        out.note(f"run {run.id} executes {len(jobs)} notebooks; it goes on without this command")
        for event in run.events(kind="action"):
            outcome = msgspec.convert(event.payload["outcome"], Outcome)
            (watcher.done if outcome.status == "unfinished" else watcher.over)(outcome)
        return [msgspec.convert(each, Outcome) for each in run.result()]
