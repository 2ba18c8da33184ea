"""A run as plain text, for terminals and for notebooks that show nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.display.asked import asked_lines
from kodonb.display.facts import short, step_facts
from kodonb.display.format import amount, duration, kept, line
from kodonb.display.grouping import Group, grouped
from kodonb.display.picture import MAX_NODES, counted
from kodonb.display.read import text
from kodonb.display.records import Bar
from kodonb.display.steady import steady, steady_text
from kodonb.display.theme import look
from kodonb.display.trouble import ended_by, headline, how_to_answer, other_errors, whose
from kodonb.display.view import RunView

_WIDTH: Final = 100
_STEPS: Final = 12
_BAR: Final = 20


def run_text(view: RunView) -> str:
    """Return a run as a few lines of text; equal views give equal text."""
    view = steady(view)
    shown = look(view.status)
    facts = (
        f"{shown.symbol} {shown.word}",
        line(view.title, 60),
        f"run {short(view.run)}",
        duration(view.elapsed),
    )
    rows = (f"  {label:<9} {said}".rstrip() for label, said in _rows(view))
    return steady_text("\n".join(["  ".join(facts), *rows]))


def _rows(view: RunView) -> Iterator[tuple[str, str]]:
    if view.inputs:
        yield (
            "inputs",
            line(", ".join(f"{name}={kept(value)}" for name, value in view.inputs.items()), _WIDTH),
        )
    if view.steps:
        yield from _steps(view)
    for number, agent in enumerate([*view.agents.counts][:_STEPS]):
        yield "" if number else "agents", f"{line(agent, 40):<24} {view.agents.said(agent)}"
    for bar in [bar for bar in view.progress.values() if not bar.complete][:4]:
        yield "progress", _bar(bar)
    for series in list(view.metrics.values())[:4]:
        spread = f"(lowest {amount(series.low)}, highest {amount(series.high)})" if series.count > 1 else ""
        yield "metric", f"{line(series.name, 40)} {amount(series.last)} {spread}"
    for question in list(view.questions.values())[:4]:
        yield "question", line(question.title or "An answer is needed", _WIDTH)
        for told in asked_lines(question.schema, _WIDTH - 2):
            yield "", f"  {told}"
        yield "", how_to_answer(view, question)
    yield from _outcome(view)


def _steps(view: RunView) -> Iterator[tuple[str, str]]:
    yield "steps", step_facts(view)
    groups = grouped(view.steps.values(), MAX_NODES)
    for group in groups[-_STEPS:]:
        yield "", f"{look(group.state).symbol} {line(group.label, 40):<24} {_state(view, group)}"
    if len(groups) > _STEPS:
        yield "", f"… and {len(groups) - _STEPS} before them"


def _state(view: RunView, group: Group) -> str:
    if group.count > 1:
        return counted(group)
    seconds = view.steps[group.id].duration
    return look(group.state).word + ("" if seconds is None else f", {duration(seconds)}")


def _bar(bar: Bar) -> str:
    title = line(bar.title or bar.source, 40)
    if not bar.total or bar.total < 0:
        return f"{title}  {amount(bar.done)} {bar.unit}"
    full = round(_BAR * min(1.0, max(0.0, bar.done / bar.total)))
    return f"{title}  [{'█' * full}{'░' * (_BAR - full)}] {amount(bar.done)} / {amount(bar.total)} {bar.unit}"


def _outcome(view: RunView) -> Iterator[tuple[str, str]]:
    ending = ended_by(view)
    for error in [*other_errors(view)[-3:], *([ending] if ending else [])]:
        yield "error", line(" · ".join(filter(None, [whose(error), headline(error)])), _WIDTH)
        if error.get("where"):
            yield "", f"at {line(text(error['where']), _WIDTH)}"
    if view.final is not None:
        yield "result", line(kept(view.final), _WIDTH)
