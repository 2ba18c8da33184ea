"""An event as one line of a terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kodonb.display.format import compact, duration, kept, line, reference
from kodonb.display.read import mapping, number, text
from kodonb.display.trouble import headline
from kodonb.model.event import Event
from kodonb.model.settings import deterministic

_WIDTH: Final = 160


def event_line(event: Event) -> str:
    """Return an event as one line: offset, kind, source and what it says; without colours."""
    head = f"{event.offset:>6}  {line(event.kind, 12):<8}  {line(event.source, 24):<14}"
    return f"{head}  {said(event, _WIDTH)}".rstrip()


def said(event: Event, limit: int) -> str:
    """Return what an event says, on one line of at most `limit` characters."""
    say = _SAYS.get(event.kind)
    form = mapping(event.payload)
    return line((say(form) if say and form else "") or compact(event.payload), limit)


def _join(*parts: Any) -> str:
    return " ".join(filter(None, map(text, parts)))


def _meta(form: dict[str, Any]) -> str:
    flow, module = mapping(form.get("flow")), mapping(form.get("module"))
    return _join(flow.get("name"), flow.get("version"), module.get("hash"), form.get("user"))


def _inputs(form: dict[str, Any]) -> str:
    return ", ".join(f"{name}={kept(value)}" for name, value in form.items())


def _status(form: dict[str, Any]) -> str:
    reason = text(form.get("reason"))
    return _join(form.get("status"), f"({reason})" if reason else "", form.get("code"))


def _step(form: dict[str, Any]) -> str:
    attempt, seconds = number(form.get("attempt")), number(form.get("seconds"))
    error = mapping(form.get("error"))
    tries = f"(try {attempt:.0f})" if attempt is not None and attempt > 1 else ""
    took = "" if seconds is None or deterministic() else f"after {duration(seconds)}"
    return _join(form.get("step"), form.get("state"), tries, took, headline(error) if error else "")


def _progress(form: dict[str, Any]) -> str:
    total = form.get("total")
    reach = "" if total is None else f"/ {text(total)}"
    return _join(form.get("title"), form.get("done"), reach, form.get("unit"))


def _metric(form: dict[str, Any]) -> str:
    step = form.get("step")
    at = "" if step is None else f"at {text(step)}"
    return _join(form.get("name"), "=", form.get("value"), at)


def _final(form: dict[str, Any]) -> str:
    return headline(mapping(form["error"])) if set(form) == {"error"} else kept(form)


def _lock(form: dict[str, Any]) -> str:
    timeout = number(form.get("timeout"))
    return _join(form.get("lock"), form.get("title"), "" if timeout is None else f"({duration(timeout)})")


def _lease(form: dict[str, Any]) -> str:
    by = text(form.get("by"))
    return _join(form.get("lock"), form.get("how"), f"by {by}:" if by else "", compact(form.get("value")))


def _text(form: dict[str, Any]) -> str:
    return text(form.get("text")) or "(empty)"


def _log(form: dict[str, Any]) -> str:
    return _join(form.get("level"), form.get("logger"), form.get("message"))


def _upload(form: dict[str, Any]) -> str:
    return _join(form.get("name"), form.get("type"), reference(form))


def _display(form: dict[str, Any]) -> str:
    mime = mapping(form.get("mime"))
    plain = text(mime.get("text/plain"))
    return _join(", ".join(mime), plain)


_SAYS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "meta": _meta,
    "inputs": _inputs,
    "status": _status,
    "step": _step,
    "progress": _progress,
    "metric": _metric,
    "result": kept,
    "final": _final,
    "lock": _lock,
    "lease": _lease,
    "stdout": _text,
    "stderr": _text,
    "log": _log,
    "error": headline,
    "upload": _upload,
    "display": _display,
}
