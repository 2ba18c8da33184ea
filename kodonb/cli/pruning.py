"""`kodonb prune`."""

from __future__ import annotations

import argparse
import time

import msgspec

from kodonb.cli import codes
from kodonb.cli.client import client
from kodonb.cli.output import Output
from kodonb.display import runs_text
from kodonb.display.format import plural
from kodonb.events.prune import Pruned, PruneQuery, candidates
from kodonb.events.prune import prune as forget
from kodonb.session.base import Session


def prune(args: argparse.Namespace, out: Output) -> int:
    """Remove old runs with all that only they needed."""
    query = PruneQuery(before=int((time.time() - args.older) * 1e6), keep=args.keep)
    if args.status:
        query = msgspec.structs.replace(query, status=tuple(args.status))
    with client() as session:
        if args.dry_run:
            _foretell(session, query, out)
        else:
            gone = forget(session.log, session.artifacts, query)
            out.say(_sentence(gone), gone)
    return codes.OK


def _foretell(session: Session, query: PruneQuery, out: Output) -> None:
    runs = candidates(session.log, query)
    events = sum(run.events for run in runs)
    told = {"dry_run": True, "runs": [run.id for run in runs], "events": events}
    out.say(f"{runs_text(runs)}\nwould go: {plural(len(runs), 'run')}, {plural(events, 'event')}", told)


def _sentence(gone: Pruned) -> str:
    counts = (
        (len(gone.runs), "run"),
        (gone.events, "event"),
        (gone.modules, "captured module"),
        (gone.cached, "cached result"),
        (gone.artifacts, "artifact"),
    )
    return "removed " + ", ".join(plural(count, noun) for count, noun in counts)
