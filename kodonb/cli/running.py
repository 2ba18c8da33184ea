"""`kodonb run`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from kodonb import session as sessions
from kodonb.cli.client import client, elsewhere, outlives
from kodonb.cli.following import accompany
from kodonb.cli.output import Output
from kodonb.cli.targets import load
from kodonb.model.errors import UsageError
from kodonb.session.base import Session

_OF_NOTEBOOKS: Final = dict.fromkeys(
    ("output", "html", "values", "cell_timeout", "kernel", "cwd", "answers", "junit"), "notebooks"
)
_OF_WORKFLOWS: Final = {"events": "workflows in Kumeo"}
_WAYS: Final = {
    "notebooks": "a notebook as a whole is executed by kodonb run NOTEBOOK.ipynb",
    "workflows in Kumeo": "a workflow is run by kodonb run FILE.kumeo",
}


def run(args: argparse.Namespace, out: Output) -> int:
    """Start a run of a flow and follow it to its end; or execute a notebook."""
    if args.target.endswith(".ipynb"):
        check_options(args, _OF_WORKFLOWS)
        from kodonb.cli.executing import execute  # noqa: PLC0415 - nbclient is loaded for notebooks only

        return execute(args, out)
    if args.target.rpartition(":")[0].endswith(".kumeo") or args.target.endswith(".kumeo"):
        from kodonb.cli.workflows import run_workflow  # noqa: PLC0415 - the language is loaded for its texts only

        return run_workflow(args, out)
    check_options(args, {**_OF_NOTEBOOKS, **_OF_WORKFLOWS})
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


def check_options(args: argparse.Namespace, foreign: Mapping[str, str]) -> None:
    """Refuse options that the target has no use for.

    Args:
        args: The options.
        foreign: Such options, and what each of them is for.

    Raises:
        UsageError: One was given (KN001).
    """
    given = [name for name in foreign if getattr(args, name)]
    if given:
        flags = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UsageError(
            f"{flags} is for {foreign[given[0]]}",
            where="kodonb run",
            remedy=f"leave it out; {_WAYS[foreign[given[0]]]}",
        )
