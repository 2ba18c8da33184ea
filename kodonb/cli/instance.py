"""`kodonb up`, `down`, `status` and `doctor`: the instance itself."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from kodonb.cli import codes
from kodonb.cli.client import client, elsewhere
from kodonb.cli.output import Output
from kodonb.session import doctor as checks
from kodonb.session.base import Session


def up(_: argparse.Namespace, out: Output) -> int:
    """Start the local cluster, or find it running."""
    with client() as session:
        told = _cluster(session).up()
    out.say(f"up, process {told['pid']}", {"up": True, "pid": told["pid"], "cluster": told["cluster"]})
    return codes.OK


def down(_: argparse.Namespace, out: Output) -> int:
    """Stop the local cluster with all that runs in it."""
    with client() as session:
        stopped: bool = _cluster(session).down()
    out.say("stopped" if stopped else "nothing was running", {"up": False, "stopped": stopped})
    return codes.OK


def _cluster(session: Session) -> Any:
    # Only a session with a cluster of its own can be started and stopped.
    if not hasattr(session, "up"):
        raise elsewhere(session, "be started or stopped")
    return session


def status(_: argparse.Namespace, out: Output) -> int:
    """Name every part with its process id."""
    with client() as session:
        parts = session.parts()
    if out.json:
        out.document(parts)
    else:
        out.line("\n".join(_part_lines(parts)))
    return codes.OK


def _part_lines(parts: dict[str, Any]) -> Iterator[str]:
    for name, value in parts.items():
        for part in value if isinstance(value, list) else [value]:
            yield f"{name:<8}  {_facts(part)}".rstrip()


def _facts(part: Any) -> str:
    if isinstance(part, dict):
        return "  ".join(f"{name} {_facts(value)}" for name, value in part.items() if value not in {None, ""})
    return {True: "yes", False: "no", None: "-"}.get(part, str(part))


def doctor(_: argparse.Namespace, out: Output) -> int:
    """Check what kodonb needs."""
    found = checks.examine()
    if out.json:
        out.document(found)
    else:
        out.line("\n".join(_check_line(check) for check in found))
    return codes.OK if all(check.ok for check in found) else codes.FAILED


def _check_line(check: checks.Check) -> str:
    line = f"{'ok' if check.ok else '!!'}  {check.name:<14}  {check.detail}"
    return line if check.ok else f"{line}\n    {'':<14}  do: {check.remedy}"
