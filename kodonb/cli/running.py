"""`kodonb run`."""

from __future__ import annotations

import argparse
from typing import Final

from kodonb import session as sessions
from kodonb.cli.client import client
from kodonb.cli.fitting import check_detach, check_options
from kodonb.cli.following import accompany
from kodonb.cli.output import Output
from kodonb.cli.targets import load

_OF_NOTEBOOKS: Final = dict.fromkeys(
    ("output", "html", "values", "cell_timeout", "kernel", "cwd", "answers", "junit"), "notebooks"
)
_OF_WORKFLOWS: Final = {"events": "workflows in Kumeo"}


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
