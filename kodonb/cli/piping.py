"""A workflow as a part of a pipe: results on standard output, a line of JSON each, the rest on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from kodonb.cli import codes
from kodonb.cli.output import Output, shell_words
from kodonb.cli.results import result
from kodonb.cli.viewers import Take
from kodonb.display.asked import asked_lines
from kodonb.display.format import plural
from kodonb.display.read import mapping
from kodonb.model.event import Stored
from kodonb.session.run import Run


@contextmanager
def piping(run: str, out: Output, *, reached: bool = True) -> Iterator[Take]:
    """Hold what prints results, and tells of events that were put aside, of warnings, and of questions.

    Args:
        run: The run.
        out: Where to.
        reached: Whether other commands reach the run, so that they can answer.
    """
    says = _SAYS if reached else _SAYS | {"lock": _unanswerable}

    def take(events: list[Stored]) -> None:
        for each in events:
            say = says.get(each.kind)
            if say is not None:
                say(run, msgspec.json.decode(each.payload), out)
        out.flush()

    yield take


def told(run: Run, out: Output) -> int:
    """Tell how many events and results there were, and return the exit code."""
    found = result(run)
    parts = [plural(found["events"], "event"), plural(sum(found["results"]), "result")]
    aside = [f"{found['dead']} put aside"] if found["dead"] else []
    out.note(f"{', '.join([*parts, *aside])}; run {run.id}")
    return codes.OK


def _result(_: str, payload: Any, out: Output) -> None:
    value = payload.get("json")
    if isinstance(value, dict) and set(value) == {"cut", "bytes"}:
        out.note(f"a result has {value['bytes']} bytes, and is printed cut; whole ones go to a file: -o FILE")
    out.document(value)


def _error(_: str, payload: Any, out: Output) -> None:
    if payload.get("type") == "DeadLetter":
        reasons = payload.get("letter", {}).get("reasons") or [payload]
        where = f" by {reasons[0]['agent']}" if reasons[0].get("agent") else ""
        code = f"{reasons[0]['code']}: " if reasons[0].get("code") else ""
        out.note(f"event {payload.get('event')} was put aside{where}: {code}{payload.get('message')}")


def _log(_: str, payload: Any, out: Output) -> None:
    if payload.get("level") in {"WARNING", "ERROR", "CRITICAL"}:
        out.note(str(payload.get("message")))


def _lock(run: str, payload: Any, out: Output) -> None:
    _ask(payload, out)
    out.note(shell_words(f"  %flow answer {run} {payload.get('lock')} key=value"))


def _ask(payload: Any, out: Output) -> None:
    out.note(f"? {payload.get('title') or 'an answer is needed'}")
    for told in asked_lines(mapping(payload.get("schema"))):
        out.note(f"    {told}")


def _unanswerable(_: str, payload: Any, out: Output) -> None:
    _ask(payload, out)
    out.note("  nobody can answer it, as the run lives in this command: start it with --session ray")


_SAYS = {"result": _result, "error": _error, "log": _log, "lock": _lock}
