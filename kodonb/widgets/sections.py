"""The sections of a run's widget, made from its view."""

from __future__ import annotations

import time
from typing import Final

from kodonb.display.asked import asker, of_the_answer
from kodonb.display.facts import short, step_facts
from kodonb.display.format import compact, line, plural
from kodonb.display.html import run_parts
from kodonb.display.read import text
from kodonb.display.sections import done
from kodonb.display.theme import icon, look
from kodonb.display.trouble import asked_html
from kodonb.display.view import RunView
from kodonb.widgets.messages import Answer, Bar, Counts, Head, Question, Sections

_MAX_BARS: Final = 20
_MAX_QUESTIONS: Final = 10


def sections(view: RunView) -> Sections:
    """Return all sections of a run."""
    parts = run_parts(view)
    answered = parts.pop("answers")
    return Sections(
        head=_head(view),
        progress=_progress(view),
        questions=_questions(view),
        answers=_answers(view),
        answered=answered,
        counts=Counts(kinds=dict(sorted(view.counts.items())), sources=tuple(view.sources)),
        **parts,
    )


def _head(view: RunView) -> Head:
    shown = look(view.status)
    retried = view.meta.get("retry_of")
    facts = [
        text(view.flow.get("name")) if view.title != view.flow.get("name") else "",
        step_facts(view),
        plural(view.counts.total(), "event"),
        f"retry of {short(text(retried))}" if retried else "",
    ]
    return Head(
        run=view.run,
        short=short(view.run),
        title=line(view.title, 120),
        flow=text(view.flow.get("name")),
        status=view.status,
        word=shown.word,
        icon=icon(view.status, 20),
        tone=shown.tone,
        facts=" · ".join(filter(None, facts)),
        elapsed=view.elapsed if view.ended else _since(view),
        ended=view.ended,
        events=view.last + 1,
    )


def _since(view: RunView) -> float | None:
    return None if view.first_at is None else max(0.0, round(time.time() - view.first_at.timestamp(), 1))


def _progress(view: RunView) -> tuple[Bar, ...]:
    bars = sorted(view.progress.values(), key=lambda bar: bar.complete)
    return tuple(
        Bar(
            id=f"{bar.source}/{bar.id}",
            title=line(bar.title or bar.source, 60),
            done=bar.done,
            total=bar.total,
            unit=line(bar.unit, 20),
            left=None if bar.left is None or bar.complete else round(bar.left, 1),
            said=line(done(bar), 60),
            complete=bar.complete,
        )
        for bar in bars[:_MAX_BARS]
    )


def _questions(view: RunView) -> tuple[Question, ...]:
    now = time.time()
    return tuple(
        Question(
            lock=asked.lock,
            title=line(asked.title or "An answer is needed", 300),
            source=line(asker(asked), 60),
            about=asked_html(asked.schema),
            schema=of_the_answer(asked.schema),
            default=asked.default,
            left=None if asked.timeout is None else max(0.0, asked.at.timestamp() + asked.timeout - now),
        )
        for asked in list(view.questions.values())[:_MAX_QUESTIONS]
    )


def _answers(view: RunView) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            lock=given.lock,
            title=line(given.title, 120),
            by=line(given.by, 60),
            how=given.how,
            value=line(compact(given.value), 200),
        )
        for given in list(view.answers)[-10:]
    )
