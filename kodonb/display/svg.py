"""The graph of a run's steps as an SVG picture that needs nothing but itself."""

from __future__ import annotations

from html import escape
from typing import Final

from kodonb.display.format import clean, plural
from kodonb.display.layout import Edge
from kodonb.display.picture import Graph, GraphNode, graph
from kodonb.display.theme import icon_rules, look, tokens, tone_rules
from kodonb.display.view import RunView

_SCOPE: Final = ".kodonb-graph"
_LEAST: Final = 0.78  # a wide graph shrinks so far to fit in; then it is scrolled, as text must stay readable

STYLE = "".join([
    tokens(_SCOPE),
    tone_rules(_SCOPE),
    icon_rules(_SCOPE),
    f"{_SCOPE} text{{font:500 12px var(--kn-ui);fill:currentColor}}",
    f"{_SCOPE} .kn-sub{{font-size:11px;font-weight:400;fill:var(--kn-mute)}}",
    f"{_SCOPE} .kn-box{{fill:color-mix(in srgb,var(--kn-tone) 7%,transparent);",
    "stroke:color-mix(in srgb,var(--kn-tone) 55%,transparent)}",
    f"{_SCOPE} .kn-sheet{{fill:none}}",
    f"{_SCOPE} .kn-open{{stroke-dasharray:4 3}}",
    f"{_SCOPE} .kn-edge{{fill:none;stroke:color-mix(in srgb,currentColor 38%,transparent);stroke-width:1.2}}",
    f"{_SCOPE} .kn-tip{{fill:color-mix(in srgb,currentColor 55%,transparent)}}",
    f"{_SCOPE} .kn-done{{fill:none;stroke:var(--kn-tone);stroke-width:2.5;stroke-linecap:round}}",
    f"{_SCOPE} .kn-rest{{fill:none;stroke:var(--kn-line);stroke-width:2.5;stroke-linecap:round}}",
])  # fmt: skip
"""Rules of the picture; equal in every picture, so several on a page do not disturb each other."""


def graph_svg(view: RunView) -> str:
    """Return the picture of a run's steps; empty text if there are none."""
    return draw(graph(view), view.title)


def draw(picture: Graph, title: str, what: str = "Steps", least: float = _LEAST) -> str:
    """Return nodes and edges as a picture; empty text if there are none.

    Args:
        picture: What is drawn.
        title: What it is about.
        what: What the nodes are.
        least: Share of its width to which it may shrink; what is still too wide is scrolled.
    """
    if not picture.nodes:
        return ""
    width, height = num(picture.width), num(picture.height)
    narrowest = num(picture.width * least)
    return (
        f'<svg class="kodonb-graph" xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" style="min-width:{narrowest}px">'
        f"<title>{what} of {esc(title)}</title><desc>{esc(_summary(picture))}</desc><style>{STYLE}</style>"
        f"{''.join(map(edge, picture.edges))}{''.join(map(tip, picture.edges))}"
        f"{''.join(map(_node, picture.nodes))}</svg>"
    )


def esc(said: str) -> str:
    """Return text as it can stand in markup, also within quotes."""
    return escape(clean(said), quote=True)


def num(value: float) -> str:
    """Return a coordinate, as short as possible."""
    return f"{value:.1f}".removesuffix(".0")


def _summary(picture: Graph) -> str:
    nodes = [f"{node.label}: {node.detail}" for node in picture.nodes]
    edges = plural(len(picture.edges), "connection")
    return f"{plural(len(nodes), 'node')}, {edges}. {'; '.join(nodes[:40])}"


def edge(shown: Edge, mark: str = "") -> str:
    """Return the line of a connection; `mark` is a class of its own."""
    (x, y), *rest = shown.points
    curves = " ".join(f"{num(a)} {num(b)}" for a, b in rest)
    return f'<path class="kn-edge{mark and f" {mark}"}" d="M{num(x)} {num(y)}C{curves}"/>'


def tip(shown: Edge) -> str:
    """Return the arrow head of a connection."""
    x, y = shown.points[-1]
    return f'<path class="kn-tip" d="M{num(x)} {num(y)}l-6-3v6z"/>'


def _node(node: GraphNode) -> str:
    place, shown = node.place, look(node.state)
    open_ = " kn-open" if node.state in {"submitted", "starting"} else ""
    many = node.count > 1
    return (
        f'<g class="kn-{shown.tone}" transform="translate({num(place.x)} {num(place.y)})">'
        f"<title>{esc(_title(node))}</title>{_sheet(node) if many else ''}"
        f'<rect class="kn-box{open_}" width="{num(place.w)}" height="{num(place.h)}" rx="8"/>'
        f'<g class="kn-icon" transform="translate(10 {num(place.h / 2 - 8)})">{shown.shape}</g>'
        f'<text x="34" y="17">{esc(node.label)}</text>'
        f'<text class="kn-sub" x="34" y="31">{esc(node.detail)}</text>{_share(node) if many else ""}</g>'
    )


def _title(node: GraphNode) -> str:
    count = f" ({node.done} done)" if node.count > 1 else ""
    return f"{look(node.state).symbol} {node.label}{count}: {node.detail}"


def _sheet(node: GraphNode) -> str:
    """Return the edge of a second sheet behind the box: it stands for many."""
    w, h = node.place.w, node.place.h
    path = f"M8 {num(h + 3)}H{num(w - 5)}Q{num(w + 3)} {num(h + 3)} {num(w + 3)} {num(h - 5)}V8"
    return f'<path class="kn-box kn-sheet" d="{path}"/>'


def _share(node: GraphNode) -> str:
    left, right, y = 12.0, node.place.w - 12, num(node.place.h - 3)
    reach = left + (right - left) * node.done / node.count
    done = f'<path class="kn-done" d="M{num(left)} {y}H{num(reach)}"/>' if node.done else ""
    return f'<path class="kn-rest" d="M{num(left)} {y}H{num(right)}"/>{done}'
