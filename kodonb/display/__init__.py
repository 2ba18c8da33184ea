"""Text, HTML and SVG of runs and flows.

    view ← layout, graph, timeline ← svg, gantt ← html, text

`RunView` follows the events of a run; everything else is a pure function of one.
"""

from __future__ import annotations

from kodonb.display.card import flow_html, flow_text
from kodonb.display.gantt import timeline_svg
from kodonb.display.html import run_html
from kodonb.display.lines import event_line
from kodonb.display.picture import Graph, graph
from kodonb.display.runs import runs_html, runs_text
from kodonb.display.svg import graph_svg
from kodonb.display.text import run_text
from kodonb.display.timeline import chart
from kodonb.display.view import RunView

__all__ = [
    "Graph",
    "RunView",
    "chart",
    "event_line",
    "flow_html",
    "flow_text",
    "graph",
    "graph_svg",
    "run_html",
    "run_text",
    "runs_html",
    "runs_text",
    "timeline_svg",
]
