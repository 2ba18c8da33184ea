"""What each command of `%kumeo` does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kodonb.magics.kumeo import asking, manual, texts
from kodonb.magics.kumeo.defining import define, sound
from kodonb.magics.kumeo.events import event
from kodonb.magics.kumeo.remarks import remarks
from kodonb.magics.kumeo.showing import show_graphs, show_remarks
from kodonb.magics.kumeo.texts import Known, Written
from kodonb.magics.output import say, show, table
from kodonb.model.errors import UsageError
from kodonb.model.settings import deterministic

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.kumeo.running import Trial
    from kodonb.magics.parse import Asked

_LAST: Final = 5
_WIDEST: Final = 240


def _check(_shell: InteractiveShell, asked: Asked) -> None:
    name = asked.values.get("workflow")
    written = _file(name) if _is_file(name) else texts.find(name).written
    show_remarks(remarks(written, written.checked()))


def _graph(_shell: InteractiveShell, asked: Asked) -> None:
    name = asked.values.get("workflow")
    if not _is_file(name):
        show_graphs([texts.find(name)])
        return
    written = _file(name)
    checked = sound(written)
    found = checked.program.workflows
    show_graphs(
        [Known(each.name, each.name, written, checked.program) for each in found], remarks(written, checked)
    )


def _load(shell: InteractiveShell, asked: Asked) -> None:
    define(shell, _file(asked.values["file"]))


def _send(shell: InteractiveShell, asked: Asked) -> None:
    given = asked.values
    known = texts.find(given.get("workflow"))
    count = asking.sent(known, event(shell, given["event"]), given.get("subject", ""), given.get("nats", ""))
    say(f"sent {count} {'event' if count == 1 else 'events'} to {known.flow}")


def _inspect(shell: InteractiveShell, asked: Asked) -> None:
    given = asked.values
    known = texts.find(given.get("workflow"), given["agent"])
    known.check(given["agent"])
    run = asking.run_of(known, given.get("run"))
    found = asking.seen(run, given["agent"], given.get("last", _LAST))
    _keep(shell, asked, found)
    if not found:
        say(f"run {run.id} tells of no event of {given['agent']}")
        return
    rows = [
        (str(each["event"]), str(each["state"]), _json(each.get("input")), _output(each)) for each in found
    ]
    show(*table(("event", "state", "input", "output"), rows))


def _run_agent(shell: InteractiveShell, asked: Asked) -> None:
    given = asked.values
    known = texts.find(given.get("workflow"), given["agent"])
    known.check(given["agent"])
    if "event" in given:
        value = event(shell, given["event"])
    else:
        value = asking.given(asking.run_of(known, given.get("run")), given["agent"], given.get("recorded"))
    trial = asking.tried(known, given["agent"], value)
    _keep(shell, asked, trial)
    show(*table(("what", "value"), _rows(trial, value)))


def _help(_shell: InteractiveShell, asked: Asked) -> None:
    name = asked.values.get("command")
    say(manual.of_command(manual.command(name)) if name else manual.overview())


PERFORM: Final[dict[str, Callable[[InteractiveShell, Asked], None]]] = {
    "check": _check,
    "graph": _graph,
    "load": _load,
    "send": _send,
    "inspect": _inspect,
    "run-agent": _run_agent,
    "help": _help,
}
"""The commands."""


def _is_file(name: str | None) -> bool:
    return name is not None and name.endswith(".kumeo")


def _file(name: Any) -> Written:
    path = Path(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(
            f"{name} cannot be read: {why}", code="KN006", remedy="name a file that is there, in UTF-8"
        ) from None
    return Written(text, str(path), str(path.resolve().parent))


def _keep(shell: InteractiveShell, asked: Asked, value: Any) -> None:
    if "output" in asked.values:
        shell.user_ns[asked.values["output"]] = value


def _rows(trial: Trial, value: Any) -> list[tuple[str, str]]:
    error = trial.error or {}
    rows = [
        ("agent", trial.agent),
        ("state", trial.state),
        ("seconds", "" if deterministic() else f"{trial.seconds:.4f}"),
        ("input", _json(value)),
        ("output", _json(trial.output)),
        ("to", ", ".join(trial.to)),
        ("error", " ".join(str(error[name]) for name in ("code", "message") if error.get(name))),
        ("do", str(error.get("remedy") or "")),
    ]
    return [row for row in rows if row[1] and row != ("output", "null")]


def _output(hop: dict[str, Any]) -> str:
    to = ", ".join(hop.get("to", ()))
    return f"{_json(hop.get('output'))} → {to}" if to else _json(hop.get("output"))


def _json(value: Any) -> str:
    plain = msgspec.to_builtins(value, enc_hook=repr, str_keys=True)
    text = json.dumps(plain, ensure_ascii=False)  # with spaces, at which a narrow column breaks it
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
