"""`kodonb run`."""

from __future__ import annotations

import argparse

from kodonb import session as sessions
from kodonb.cli.client import client, elsewhere, outlives
from kodonb.cli.following import accompany
from kodonb.cli.output import Output
from kodonb.cli.targets import load
from kodonb.model.errors import UsageError
from kodonb.session.base import Session


def run(args: argparse.Namespace, out: Output) -> int:
    """Start a run of a flow and follow it to its end; or execute a notebook."""
    if args.target.endswith(".ipynb"):
        from kodonb.cli.executing import execute  # noqa: PLC0415 - nbclient is loaded for notebooks only

        return execute(args, out)
    _check_options(args)
    flow = load(args.target)
    inputs = flow.form.parse(dict(args.inputs))
    with client(args.session) as session:
        check_detach(args, session)
        return accompany(sessions.submit(flow, inputs, session), args, out)


def check_detach(args: argparse.Namespace, session: Session) -> None:
    """Refuse to leave a run that would end with this process.

    Raises:
        SessionError: The session's runs live in this process (KN405).
    """
    if args.detach and not outlives(session):
        raise elsewhere(session, "detach from a run")


def _check_options(args: argparse.Namespace) -> None:
    names = ("output", "html", "values", "cell_timeout", "kernel", "cwd", "answers", "junit")
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(args, name)]
    if given:
        raise UsageError(
            f"{', '.join(given)} is for notebooks",
            where="kodonb run",
            remedy="leave it out; a notebook as a whole is executed by kodonb run NOTEBOOK.ipynb",
        )
