"""The graph of a Kumeo workflow as an SVG picture that needs nothing but itself."""

from __future__ import annotations

from typing import Final

from kodonb.display.format import clip, line, plural, width
from kodonb.display.layout import Box, Picture, layout
from kodonb.display.layout import Node as Place
from kodonb.display.svg import edge, esc, num, tip
from kodonb.display.theme import tokens, tone_rules
from kodonb.kumeo.graph import Edge, Graph, Group, Node

_SCOPE: Final = ".kodonb-workflow"
_HEIGHT: Final = 40.0
LEAST: Final = 0.62
"""Share of its width to which a picture may shrink: how a workflow hangs together is to be seen at one glance."""

_LETTER: Final = 7.2  # width of an average letter at 12 px, of a wide font
_LONGEST: Final = 30
_MOST: Final = 400  # nodes that anybody can look at
_TONES: Final = {
    "source": "live",
    "input": "live",
    "target": "ok",
    "output": "ok",
    "preprocessor": "mute",
    "use": "wait",
}

STYLE: Final = "".join([
    tokens(_SCOPE),
    tone_rules(_SCOPE),
    f"{_SCOPE} text{{font:500 12px var(--kn-ui);fill:currentColor}}",
    f"{_SCOPE} .kn-sub{{font-size:11px;font-weight:400;fill:var(--kn-mute)}}",
    f"{_SCOPE} .kn-box{{fill:color-mix(in srgb,var(--kn-tone) 7%,transparent);",
    "stroke:color-mix(in srgb,var(--kn-tone) 55%,transparent)}",
    f"{_SCOPE} .kn-group{{fill:var(--kn-soft);stroke:var(--kn-line);stroke-dasharray:4 3}}",
    f"{_SCOPE} .kn-edge{{fill:none;stroke:color-mix(in srgb,currentColor 38%,transparent);stroke-width:1.2}}",
    f"{_SCOPE} .kn-implied{{stroke-dasharray:3 3}}",
    f"{_SCOPE} .kn-tip{{fill:color-mix(in srgb,currentColor 55%,transparent)}}",
])  # fmt: skip
"""Rules of the picture."""


def workflow_svg(graph: Graph) -> str:
    """Return the picture of a workflow; empty text if there is nothing in it."""
    nodes = graph.nodes[:_MOST]
    if not nodes:
        return ""
    picture = layout([_box(node) for node in nodes], ((each.source, each.target) for each in graph.edges))
    places = {place.id: place for place in picture.nodes}
    return _framed(graph, picture, _parts(graph, nodes, picture, places))


def _box(node: Node) -> Box:
    label, detail = _words(node)
    return Box(node.id, round(max(80.0, 24 + _LETTER * max(width(label), 0.95 * width(detail))), 1), _HEIGHT)


def _words(node: Node) -> tuple[str, str]:
    return clip(line(node.label, 200), _LONGEST), clip(line(node.detail, 200), _LONGEST)


def _parts(graph: Graph, nodes: tuple[Node, ...], picture: Picture, places: dict[str, Place]) -> str:
    edges = {(each.source, each.target): each for each in reversed(graph.edges)}
    drawn = [(shown, edges[shown.source, shown.target]) for shown in picture.edges]
    return "".join([
        *(_group(group, places) for group in graph.groups),
        *(f"<g>{_told(said)}{edge(shown, 'kn-implied' if said.implied else '')}</g>" for shown, said in drawn),
        *(tip(shown) for shown, _ in drawn),
        *(_node(node, places[node.id]) for node in nodes),
    ])  # fmt: skip


def _told(said: Edge) -> str:
    return f"<title>{esc(line(said.label, 200))}</title>" if said.label else ""


def _group(group: Group, places: dict[str, Place]) -> str:
    found = [places[member] for member in group.members if member in places]
    if not found:
        return ""
    left, top = min(place.x for place in found) - 5, min(place.y for place in found) - 5
    right, bottom = (
        max(place.x + place.w for place in found) + 5,
        max(place.y + place.h for place in found) + 5,
    )
    size = f'width="{num(right - left)}" height="{num(bottom - top)}"'
    title = f"<title>{esc(group.label)}</title>"
    return f'<g>{title}<rect class="kn-group" x="{num(left)}" y="{num(top)}" {size} rx="10"/></g>'


def _node(node: Node, place: Place) -> str:
    label, detail = _words(node)
    return (
        f'<g class="kn-{_TONES.get(node.kind, "live" if node.kind == "agent" else "mute")}" '
        f'transform="translate({num(place.x)} {num(place.y)})">'
        f"<title>{esc(f'{node.kind} {node.label}: {node.detail}')}</title>"
        f'<rect class="kn-box" width="{num(place.w)}" height="{num(place.h)}" rx="{_corner(node)}"/>'
        f'<text x="12" y="17">{esc(label)}</text><text class="kn-sub" x="12" y="31">{esc(detail)}</text></g>'
    )


def _corner(node: Node) -> int:
    """Return how round a node is: ends are round, agents are boxes; so they differ without colours."""
    return 8 if node.kind in {"agent", "preprocessor", "use"} else 20


def _framed(graph: Graph, picture: Picture, parts: str) -> str:
    wide, high = num(picture.width), num(picture.height)
    least = num(picture.width * LEAST)
    nodes = "; ".join(f"{node.kind} {node.label}: {node.detail}" for node in graph.nodes[:40])
    left = len(graph.nodes) - _MOST
    cut = f" {plural(left, 'node')} not shown." if left > 0 else ""
    summary = f"{plural(len(graph.nodes), 'node')}, {plural(len(picture.edges), 'connection')}.{cut} {nodes}"
    return (
        f'<svg class="kodonb-workflow" xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}" '
        f'height="{high}" viewBox="0 0 {wide} {high}" style="min-width:{least}px">'
        f"<title>Workflow {esc(graph.name)}</title><desc>{esc(summary)}</desc><style>{STYLE}</style>{parts}</svg>"
    )
