"""`kodonb run FILE.kumeo`: a workflow, at its sources and targets or over events that it is given."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from kodonb import session as sessions
from kodonb.cli.client import client, outlives
from kodonb.cli.fitting import check_detach, check_options
from kodonb.cli.following import accompany
from kodonb.cli.kumeofiles import STDIN
from kodonb.cli.output import Output
from kodonb.cli.piping import piping, told
from kodonb.cli.targets import load
from kodonb.cli.words import meant
from kodonb.kumeo.ports.files.target import FORMATS, is_foreign
from kodonb.model.errors import UsageError

_OF_NOTEBOOKS: Final = dict.fromkeys(
    ("html", "values", "cell_timeout", "kernel", "cwd", "answers", "junit"), "notebooks"
)


def run_workflow(args: argparse.Namespace, out: Output) -> int:
    """Start a run of a workflow and follow it to its end.

    Over events that it is given it runs in this process, unless another session is asked for, and its results
    are printed as lines of JSON; what else there is to say goes to standard error.
    """
    check_options(args, _OF_NOTEBOOKS)
    _check_output(args.output)
    flow = load(args.target)
    with _events(args.events) as file, client(args.session or ("inline" if file else None)) as session:
        check_detach(args, session)
        inputs = flow.form.parse(dict(args.inputs)) | file
        if args.output:
            inputs["out"] = str(args.output.absolute())
        run = sessions.submit(flow, inputs, session)
        if not file or out.json:
            return accompany(run, args, out)
        return accompany(run, args, out, partial(piping, reached=outlives(session)), told)


def _check_output(file: Path | None) -> None:
    """Refuse a file for results whose ending promises a format that is not written.

    Raises:
        UsageError: It does (KN001).
    """
    if file is not None and is_foreign(file):
        raise UsageError(
            f"results are not written as {file.suffix.lower()}",
            where=f"-o {file}",
            remedy=f"take a file that ends in {FORMATS}",
        )


@contextmanager
def _events(name: str | None) -> Iterator[dict[str, Any]]:
    """Hold the file with the events, as input of the flow; that of standard input for as long as it is needed.

    Raises:
        UsageError: There is no such file (KN006).
    """
    if name is None:
        yield {}
    elif name == STDIN:
        with tempfile.TemporaryDirectory(prefix="kodonb-") as folder:
            path = Path(folder) / "events.jsonl"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
            yield {"events": str(path)}
    else:
        path = Path(name)
        if not path.is_file():
            if path.is_dir():
                raise UsageError(
                    f"{name} is a folder", code="KN006", remedy="name one file; a File source takes folders"
                )
            near = sorted(each.name for each in path.parent.glob("*")) if path.parent.is_dir() else []
            raise UsageError(f"there is no file {name}", code="KN006", remedy=meant(path.name, near))
        yield {"events": str(path.absolute())}
