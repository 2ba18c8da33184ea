"""`kodonb runs`, `show`, `events` and `code`: what the log knows."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

import msgspec

from kodonb import session as sessions
from kodonb.cli import codes
from kodonb.cli.client import client, elsewhere, outlives
from kodonb.cli.output import Output, shell_words
from kodonb.cli.results import plain
from kodonb.cli.viewers import lines
from kodonb.display import RunView, run_text, runs_text
from kodonb.session.run import Run


def runs(args: argparse.Namespace, out: Output) -> int:
    """List runs, newest first."""
    with client() as session:
        found = sessions.select(args.flow, args.status, args.since, args.tag, args.limit or None, session)
    if out.json:
        out.document(found)
    else:
        out.line(runs_text(found))
    return codes.OK


def show(args: argparse.Namespace, out: Output) -> int:
    """Show a run."""
    with client() as session:
        run = sessions.attach(args.run, session)
        view: RunView = run.view()
        if out.json:
            out.document(_told(run, view))
        else:
            out.line(shell_words(run_text(view)))
    return codes.OK


def _told(run: Run, view: RunView) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(run.record, builtin_types=()),
        "inputs": {name: plain(run, kept) for name, kept in view.inputs.items()},
        "steps": [asdict(step) for step in view.steps.values()],
        "progress": [asdict(bar) for bar in view.progress.values()],
        "metrics": {name: series.last for name, series in view.metrics.items()},
        "questions": [asdict(question) for question in view.questions.values()],
        "result": None if view.final is None else plain(run, view.final),
        "error": view.error,
    }


def events(args: argparse.Namespace, out: Output) -> int:
    """Print the events of a run."""
    with client() as session:
        run = sessions.attach(args.run, session)
        if args.follow and not outlives(session) and not run.record.ended_already:
            raise elsewhere(session, "follow a run of another process")
        take = lines(run.id, out)
        for found in run.events(args.kind or None, args.after, follow=args.follow).batches():
            take(found)
    return codes.OK


def code(args: argparse.Namespace, out: Output) -> int:
    """Print the module that a run executes."""
    with client() as session:
        run = sessions.attach(args.run, session)
        module = session.log.module(run.record.module)
    out.say(module.source.rstrip(), {"run": run.id, "hash": module.hash, **msgspec.to_builtins(module)})
    return codes.OK
