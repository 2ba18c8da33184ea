"""The parts of a run's picture that want somebody: what went wrong, and what is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kodonb.display.asked import asked, asker
from kodonb.display.format import brief, compact, kept, line
from kodonb.display.forms import fields
from kodonb.display.markup import fold, more, note, pairs, pre, table
from kodonb.display.read import mapping, text
from kodonb.display.records import Question
from kodonb.display.svg import esc
from kodonb.display.view import RunView

MAX_ERRORS: Final = 3
"""Most errors beside the one that ended the run."""

_TRACEBACK: Final = 5_000
_PLACE: Final = ("step", "agent", "event", "where", "code")


def headline(error: Mapping[str, Any]) -> str:
    """Return type and message of an error on one line."""
    return line(
        ": ".join(filter(None, [text(error.get("type")), text(error.get("message"))])) or "error", 600
    )


def whose(error: Mapping[str, Any]) -> str:
    """Return the step or the agent that an error came of, if one is told."""
    return text(error.get("step")) or text(error.get("agent"))


def errors(view: RunView) -> str:
    """Return the error that ended the run, and the latest ones that did not."""
    parts = [_error(ending, "error")] if (ending := ended_by(view)) else []
    others = other_errors(view)
    parts += [
        _error(error, "error of a step" if "step" in error else "error") for error in others[-MAX_ERRORS:]
    ]
    return "".join(parts) + more(len(others) - MAX_ERRORS, "earlier errors are")


def ended_by(view: RunView) -> dict[str, Any] | None:
    """Return the error that ended the run; one is made of the reason where none was sent."""
    if view.error is not None or view.status not in {"error", "cancelled"} or not view.reason:
        return view.error
    return {"message": view.reason, "code": view.code}


def other_errors(view: RunView) -> list[dict[str, Any]]:
    """Return the errors that did not end the run: those of steps, then those that were emitted."""
    ending = view.error or {}
    steps = [
        {**step.error, "step": step.id, "inputs": step.inputs or step.error.get("inputs")}
        for step in view.steps.values()
        if step.error is not None and step.id != ending.get("step")
    ]
    return steps + _emitted(
        [mapping(item.payload) or {"message": compact(item.payload)} for item in view.errors]
    )


def _emitted(errors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out letters about messages over which an agent's error is told already."""
    told = {text(error.get("event")) for error in errors if error.get("agent")}
    return [
        error for error in errors if error.get("type") != "DeadLetter" or text(error.get("event")) not in told
    ]


def _error(error: dict[str, Any], what: str) -> str:
    place = " · ".join(line(text(error.get(key)), 120) for key in _PLACE if error.get(key))
    inputs = pairs((name, compact(value)) for name, value in list(mapping(error.get("inputs")).items())[:12])
    trace = text(error.get("traceback")).rstrip()
    return (
        f'<div class="kn-call kn-bad"><strong><span class="kn-word">{what}</span> '
        f"{esc(headline(error))}</strong>{note(place) if place else ''}{inputs}"
        f"{fold('traceback', pre(trace, _TRACEBACK, end=True)) if trace else ''}</div>"
    )


def questions(view: RunView) -> str:
    """Return the open questions with their forms and how to answer."""
    asked = list(view.questions.values())
    return "".join(_question(view, question) for question in asked[:5]) + more(
        len(asked) - 5, "questions are"
    )


def asked_html(schema: dict[str, Any]) -> str:
    """Return what a question is about as markup; empty text if it does not tell."""
    found = asked(schema)
    about = f'<p class="kn-about">{esc(found.about)}</p>' if found.about else ""
    rows = "".join(f"<dt>{esc(label)}</dt><dd>{esc(value)}</dd>" for label, value in found.shown)
    # What scrolls must be reachable by keyboard, and have a name then.
    frame = '<div class="kn-scroll kn-asked" tabindex="0" role="group" aria-label="what it is about">'
    return about + (f'{frame}<dl class="kn-pairs">{rows}</dl></div>' if rows else "")


def how_to_answer(view: RunView, question: Question) -> str:
    """Return the command that answers a question."""
    names = [f"{field.name}=…" for field in fields(question.schema)]
    several = [question.lock] if len(view.questions) > 1 else []
    return line(" ".join(["%flow answer", view.run, *several, *names]), 200)


def _question(view: RunView, question: Question) -> str:
    told = [f"asked by {asker(question)}"]
    if question.timeout is not None:
        told.append(f"waits {brief(question.timeout)}")
    if question.default is not None:
        told.append(f"default {kept(question.default)}")
    rows = [
        (f"<code>{esc(f.name)}</code>", esc(f.type), esc(f.default), esc(f.description))
        for f in fields(question.schema)
    ]
    return (
        f'<div class="kn-call kn-wait"><strong><span class="kn-word">question</span> '
        f"{esc(line(question.title or 'An answer is needed', 300))}</strong>"
        f'<p class="kn-note">{esc(line(" · ".join(told), 300))}</p>'
        f"{asked_html(question.schema)}"
        f"{table(('field', 'type', 'default', 'description'), rows)}"
        f"<code>{esc(how_to_answer(view, question))}</code></div>"
    )
