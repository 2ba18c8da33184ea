"""The picture of a run's steps, as records: the static SVG and a live widget draw the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kodonb.display.format import clip, duration, line, width
from kodonb.display.grouping import Group, grouped
from kodonb.display.layout import Box, Edge, Node, layout
from kodonb.display.theme import look
from kodonb.display.view import RunView

MAX_NODES: Final = 60
"""Most nodes before all calls of a name are drawn as one, and most that are drawn at all."""

_HEIGHT: Final = 40.0
_LETTER: Final = 6.7  # width of an average letter at 12 px; names are cut before they can overflow
_MAX_LABEL: Final = 26


@dataclass(slots=True, frozen=True)
class GraphNode:
    """A node of the picture.

    Attributes:
        id: Id of the (first) call.
        label: What it is called, e.g. ``load#1``, or name and number of many calls.
        detail: Its state in words, with times or counts.
        state: Its state.
        count: How many calls it stands for.
        done: How many of them have their value.
        place: Where it is.
    """

    id: str
    label: str
    detail: str
    state: str
    count: int
    done: int
    place: Node


@dataclass(slots=True, frozen=True)
class Graph:
    """Nodes and edges with their places, in pixels; `cut` is how many nodes did not fit in."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float
    cut: int


def graph(view: RunView) -> Graph:
    """Return the picture of a run's steps."""
    found = grouped(view.steps.values(), MAX_NODES)
    groups = found[:MAX_NODES]
    details = [_detail(view, group) for group in groups]
    labels = [clip(line(group.label, 200), _MAX_LABEL) for group in groups]
    boxes = [
        Box(group.id, _width(label, detail), _HEIGHT)
        for group, label, detail in zip(groups, labels, details, strict=True)
    ]
    picture = layout(boxes, ((before, group.id) for group in groups for before in group.after))
    nodes = tuple(
        GraphNode(group.id, label, detail, group.state, group.count, group.done, place)
        for group, label, detail, place in zip(groups, labels, details, picture.nodes, strict=True)
    )
    return Graph(nodes, picture.edges, picture.width, picture.height, len(found) - len(groups))


def of_agents(view: RunView) -> Graph:
    """Return the picture of the agents of a workflow."""
    agents = view.agents
    ids = [*agents.counts][:MAX_NODES]
    labels = [clip(line(each, 200), _MAX_LABEL) for each in ids]
    details = [agents.said(each) for each in ids]
    boxes = [
        Box(each, _width(label, detail), _HEIGHT)
        for each, label, detail in zip(ids, labels, details, strict=True)
    ]
    known = set(ids)
    picture = layout(boxes, (each for each in agents.edges if known.issuperset(each)))
    nodes = tuple(
        GraphNode(each, label, detail, agents.state(each, ended=view.ended), 1, 0, place)
        for each, label, detail, place in zip(ids, labels, details, picture.nodes, strict=True)
    )
    return Graph(nodes, picture.edges, picture.width, picture.height, len(agents.counts) - len(ids))


def _width(label: str, detail: str) -> float:
    return round(max(96.0, 44 + _LETTER * max(width(label), 0.9 * width(detail))), 1)


def _detail(view: RunView, group: Group) -> str:
    if group.count > 1:
        return counted(group)
    step = view.steps[group.id]
    parts = [look(step.state).word]
    if step.duration is not None:
        parts.append(duration(step.duration))
    if step.attempts and step.attempts[-1].number > 1:
        parts.append(f"try {step.attempts[-1].number}")
    return " · ".join(parts)


def counted(group: Group) -> str:
    """Return what became of many calls, e.g. ``37 done, 2 running, 1 error``."""
    others = [
        f"{group.states[state]} {look(state).word}"
        for state in ("error", "cancelled", "awaiting", "running", "submitted")
        if state in group.states
    ]
    return ", ".join([f"{group.done} done", *others][:3])
