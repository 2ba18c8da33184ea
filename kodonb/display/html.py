"""A run as one fragment of HTML: no script, no network, a pure function of what is known of the run."""

from __future__ import annotations

from kodonb.display import gantt, sections, svg, trouble
from kodonb.display.facts import short, step_facts
from kodonb.display.format import duration, line, moment, plural
from kodonb.display.markup import more, section
from kodonb.display.media import displays
from kodonb.display.picture import graph
from kodonb.display.read import text
from kodonb.display.style import framed
from kodonb.display.svg import esc
from kodonb.display.theme import icon, look
from kodonb.display.timeline import chart
from kodonb.display.view import RunView


def run_html(view: RunView, *, clock: bool = False) -> str:
    """Return a run as HTML.

    Equal views give equal text, so notebooks that hold it can be compared.

    Args:
        view: What is known of the run.
        clock: Whether to show absolute times.
    """
    parts = [
        _header(view, clock=clock),
        trouble.questions(view),
        trouble.errors(view),
        section("Progress", sections.progress(view)),
        section("Inputs", sections.inputs(view)),
        section("Steps", _steps(view)),
        section("Timeline", _timeline(view)),
        section("Metrics", _scroll(sections.metrics(view), "metrics")),
        section("Displays", displays(view.displays)),
        section("Result", sections.result(view)),
        section("Results on the way", sections.results(view)),
        section("Answers", sections.answers(view)),
        section("Notes", sections.notes(view)),
        sections.output(view),
        sections.counts(view, clock=clock),
    ]
    return framed("".join(parts))


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


def _timeline(view: RunView) -> str:
    found = chart(view)
    return _fit(gantt.draw(found, view.title)) + more(found.cut, "attempts are")


def _scroll(body: str, what: str) -> str:
    # What scrolls must be reachable by keyboard, and have a name then.
    return (
        f'<div class="kn-scroll" tabindex="0" role="group" aria-label="{what}">{body}</div>' if body else ""
    )


def _fit(body: str) -> str:
    return f'<div class="kn-fit">{body}</div>' if body else ""
