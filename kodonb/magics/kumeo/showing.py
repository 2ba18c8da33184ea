"""What a cell shows of workflows: what is wrong with the text, and their graphs."""

from __future__ import annotations

import html
from collections.abc import Iterable

from kodonb.display.style import framed
from kodonb.display.workflow import workflow_svg
from kodonb.magics.kumeo.picture import graph_text
from kodonb.magics.kumeo.remarks import Remarks, counted, remarks_html, remarks_text
from kodonb.magics.kumeo.texts import Known
from kodonb.magics.output import show


def show_remarks(told: Remarks) -> None:
    """Show what is wrong with a text, or that nothing is."""
    text, summary = remarks_text(told), counted(told.found)
    markup = f'<p class="kn-facts">{summary}</p>{remarks_html(told)}'
    show(f"{text}\n{summary}" if text else summary, framed(markup))


def show_graphs(workflows: Iterable[Known], told: Remarks | None = None) -> None:
    """Show workflows, each with its graph.

    Args:
        workflows: The workflows.
        told: What is doubtful in their text.
    """
    found = list(workflows)
    texts = [_text(one) for one in found]
    parts = [_markup(one) for one in found]
    if told is not None and told.found:
        texts.append(remarks_text(told))
        parts.append(remarks_html(told))
    show("\n".join(texts), framed("".join(parts)))


def _text(one: Known) -> str:
    return f"{one.flow}: {_about(one)}\n{graph_text(one.graph)}"


def _markup(one: Known) -> str:
    return (
        f'<header><span class="kn-title">{html.escape(one.flow)}</span></header>'
        f'<p class="kn-facts">{_about(one)}; run it with <code>%flow run {html.escape(one.flow)}</code></p>'
        f'<div class="kn-scroll" tabindex="0" role="group" aria-label="graph">{workflow_svg(one.graph)}</div>'
    )


def _about(one: Known) -> str:
    agents = len(one.agents)
    return f"workflow of {agents} {'agent' if agents == 1 else 'agents'}"
