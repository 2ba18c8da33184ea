"""`kodonb cancel`, `retry` and `answer`."""

from __future__ import annotations

import argparse

from kodonb import session as sessions
from kodonb.cli import codes
from kodonb.cli.answers import asked, fields
from kodonb.cli.client import client
from kodonb.cli.fitting import check_detach
from kodonb.cli.following import accompany
from kodonb.cli.output import Output
from kodonb.cli.words import assignment
from kodonb.display.asked import asked_lines
from kodonb.session.run import Run
from kodonb.session.submission import whoami


def cancel(args: argparse.Namespace, out: Output) -> int:
    """End a run, and wait until it has ended."""
    with client() as session:
        run = sessions.attach(args.run, session)
        run.cancel(args.grace)
        run.wait(args.grace + 10)
        out.say(f"run {run.id} is {run.status}", {"run": run.id, "status": run.status})
    return codes.OK


def retry(args: argparse.Namespace, out: Output) -> int:
    """Run again, and follow that run."""
    with client(args.session) as session:
        check_detach(args, session)
        again: Run = sessions.attach(args.run, session).retry()
        if not args.detach:
            out.note(f"run {again.id} repeats {args.run}")
        return accompany(again, args, out)


def answer(args: argparse.Namespace, out: Output) -> int:
    """Answer a question of a run."""
    with client() as session:
        run = sessions.attach(args.run, session)
        lock = asked(run, next((word for word in args.words if "=" not in word), None))
        given = [assignment(word) for word in args.words if "=" in word]
        values = fields(dict([*args.inputs, *given]), lock)
        if not values and lock.answered is None:
            for told in [lock.title, *asked_lines(lock.schema)]:
                out.note(told)
        session.answer(run.id, lock.id, values, whoami())
        out.say(f"run {run.id}: {lock.id} is answered", {"run": run.id, "lock": lock.id, "value": values})
    return codes.OK
