"""Options that fit what is to be run, and where; others are refused before anything starts."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Final

from kodonb.cli.client import elsewhere, outlives
from kodonb.model.errors import UsageError
from kodonb.session.base import Session

_WAYS: Final = {
    "notebooks": "a notebook as a whole is executed by kodonb run NOTEBOOK.ipynb",
    "workflows in Kumeo": "a workflow is run by kodonb run FILE.kumeo",
}


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
