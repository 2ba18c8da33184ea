"""A run as one fragment of HTML: no script, no network, a pure function of what is known of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kodonb.display import gantt, sections, svg, trouble
from kodonb.display.facts import short, step_facts
from kodonb.display.format import duration, line, moment, plural
from kodonb.display.markup import more, section
from kodonb.display.media import displays
from kodonb.display.picture import graph, of_agents
from kodonb.display.read import text
from kodonb.display.steady import steady, steady_text
from kodonb.display.style import framed
from kodonb.display.svg import esc
from kodonb.display.theme import icon, look
from kodonb.display.timeline import chart
from kodonb.display.view import RunView
from kodonb.display.workflow import LEAST

TITLES: Final[dict[str, str]] = {
    "inputs": "Inputs",
    "agents": "Agents",
    "steps": "Steps",
    "timeline": "Timeline",
    "metrics": "Metrics",
    "displays": "Displays",
    "result": "Result",
    "results": "Results on the way",
    "answers": "Answers",
    "notes": "Notes",
}
"""The titled parts of the picture in their order."""


def run_html(view: RunView, *, clock: bool = False) -> str:
    """Return a run as HTML.

    Equal views give equal text, so notebooks that hold it can be compared.

    Args:
        view: What is known of the run.
        clock: Whether to show absolute times.
    """
    view = steady(view)
    made = run_parts(view)
    titled = "".join(section(TITLES[name], made[name]) for name in TITLES)
    drawn = framed(
        _header(view, clock=clock)
        + trouble.questions(view)
        + made["trouble"]
        + section("Progress", sections.progress(view))
        + titled
        + made["output"]
        + sections.counts(view, clock=clock)
    )
    return steady_text(drawn)


def run_parts(view: RunView) -> dict[str, str]:
    """Return the parts of a run's picture by name, without their titles; empty text where there is nothing."""
    return {name: part(view) for name, part in _PARTS.items()}


def _header(view: RunView, *, clock: bool) -> str:
    shown = look(view.status)
    facts = [
        text(view.flow.get("name")) if view.title != view.flow.get("name") else "",
        step_facts(view),
        plural(view.counts.total(), "event"),
        f"retry of {short(text(view.meta['retry_of']))}" if view.meta.get("retry_of") else "",
        f"started {moment(view.first_at)}" if clock else "",
    ]
    return (
        f'<header class="kn-{shown.tone}">{icon(view.status, 20)}'
        f'<span class="kn-word">{esc(shown.word)}</span>'
        f'<span class="kn-title">{esc(line(view.title, 120))}</span>'
        f'<code title="run {esc(view.run)}">{esc(short(view.run))}</code>'
        f'<span class="kn-time">{duration(view.elapsed)}</span></header>'
        f'<p class="kn-facts">{esc(" · ".join(filter(None, facts)))}</p>'
    )


def _steps(view: RunView) -> str:
    picture = graph(view)
    cut = more(picture.cut, "nodes are") + more(view.steps_cut, "earlier calls are")
    return _scroll(svg.draw(picture, view.title), "steps") + cut


def _agents(view: RunView) -> str:
    picture = of_agents(view)
    return _scroll(svg.draw(picture, view.title, "Agents", LEAST), "agents") + more(picture.cut, "agents are")


def _timeline(view: RunView) -> str:
    found = chart(view)
    return _fit(gantt.draw(found, view.title)) + more(found.cut, "attempts are")


def _metrics(view: RunView) -> str:
    return _scroll(sections.metrics(view), "metrics")


def _displays(view: RunView) -> str:
    return displays(view.displays)


def _scroll(body: str, what: str) -> str:
    # What scrolls must be reachable by keyboard, and have a name then.
    return (
        f'<div class="kn-scroll" tabindex="0" role="group" aria-label="{what}">{body}</div>' if body else ""
    )


def _fit(body: str) -> str:
    return f'<div class="kn-fit">{body}</div>' if body else ""


_PARTS: Final[dict[str, Callable[[RunView], str]]] = {
    "trouble": trouble.errors,
    "inputs": sections.inputs,
    "agents": _agents,
    "steps": _steps,
    "timeline": _timeline,
    "metrics": _metrics,
    "displays": _displays,
    "result": sections.result,
    "results": sections.results,
    "answers": sections.answers,
    "notes": sections.notes,
    "output": sections.output,
}
