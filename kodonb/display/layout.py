"""Layered layout of a directed graph, from left to right.

The method is that of Sugiyama, Tagawa and Toda (1981): layers by longest path, order within layers by
barycenters, and positions by least squares under the order (isotonic regression by pooling adjacent
violators). An edge that spans layers gets an invisible cell in each, so that it passes between the boxes.
Everything is deterministic: equal input gives equal coordinates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from kodonb.display.layers import Layered, layered

_SWEEPS: Final = 4
_ROUNDS: Final = 6


class Box(NamedTuple):
    """A node to be placed; width and height in pixels."""

    id: str
    w: float
    h: float


class Spacing(NamedTuple):
    """Distances in pixels: between layers, between boxes of a layer, and to the border."""

    across: float = 38
    down: float = 12
    margin: float = 8


SPACING: Final = Spacing()


class Node(NamedTuple):
    """A placed box; `x` and `y` are its upper left corner."""

    id: str
    x: float
    y: float
    w: float
    h: float


class Edge(NamedTuple):
    """A connection as cubic Bézier curves: a start, then three points for every curve."""

    source: str
    target: str
    points: tuple[tuple[float, float], ...]


class Picture(NamedTuple):
    """Where everything is, in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def layout(boxes: Sequence[Box], links: Iterable[tuple[str, str]], spacing: Spacing = SPACING) -> Picture:
    """Place boxes so that edges go from left to right.

    Args:
        boxes: What to place; ids are unique.
        links: Pairs (from, to) of ids; unknown ids, loops and repetitions are passed over, and of a
            cycle the connections that would go back.
        spacing: Distances.

    Returns:
        The boxes in their order, and the connections that are drawn.
    """
    if not boxes:
        return Picture((), (), 0.0, 0.0)
    graph = layered([box.id for box in boxes], links)
    heights = [box.h for box in boxes] + [2.0] * (graph.cells - len(boxes))
    _order(graph)
    tops = _tops(graph, heights, spacing.down)
    lefts, widths = _columns(graph, boxes, spacing)
    shift = spacing.margin - min(tops)
    nodes = tuple(
        Node(box.id, lefts[graph.rank[i]], _even(tops[i] + shift), widths[graph.rank[i]], box.h)
        for i, box in enumerate(boxes)
    )
    middle = [_even(top + shift) + height / 2 for top, height in zip(tops, heights, strict=True)]
    columns = [(lefts[rank], lefts[rank] + widths[rank]) for rank in graph.rank]
    edges = tuple(
        Edge(boxes[chain[0]].id, boxes[chain[-1]].id, _route(chain, columns, middle))
        for chain in graph.chains
    )
    bottom = max(top + shift + height for top, height in zip(tops, heights, strict=True))
    return Picture(nodes, edges, lefts[-1] + widths[-1] + spacing.margin, _even(bottom) + spacing.margin)


def _even(value: float) -> float:
    return round(value, 1)


def _order(graph: Layered) -> None:
    place = [0.0] * graph.cells
    for rank in graph.ranks:
        _number(rank, place)
    for sweep in range(2 * _SWEEPS):
        forth = sweep % 2 == 0
        near = graph.before if forth else graph.after
        for rank in graph.ranks[1:] if forth else graph.ranks[-2::-1]:
            center = {c: sum(place[n] for n in near[c]) / len(near[c]) if near[c] else place[c] for c in rank}
            rank.sort(key=center.__getitem__)
            _number(rank, place)


def _number(rank: list[int], place: list[float]) -> None:
    for index, cell in enumerate(rank):
        place[cell] = (index + 0.5) / len(rank)


def _tops(graph: Layered, heights: list[float], gap: float) -> list[float]:
    tops = [0.0] * graph.cells
    for rank in graph.ranks:
        _stack(rank, [0.0] * len(rank), tops, heights, gap)
    for turn in range(2 * _ROUNDS):
        forth = turn % 2 == 0
        near = graph.before if forth else graph.after
        for rank in graph.ranks if forth else graph.ranks[::-1]:
            wanted = [_wanted(cell, near[cell], tops, heights) for cell in rank]
            _stack(rank, wanted, tops, heights, gap)
    return tops


def _wanted(cell: int, near: list[int], tops: list[float], heights: list[float]) -> float:
    if not near:
        return tops[cell] + heights[cell] / 2
    return sum(tops[n] + heights[n] / 2 for n in near) / len(near)


def _stack(rank: list[int], wanted: list[float], tops: list[float], heights: list[float], gap: float) -> None:
    """Give the cells of a layer the tops nearest to the wanted centers that keep order and distance."""
    below, offset = [], 0.0
    for cell in rank:
        below.append(offset)
        offset += heights[cell] + gap
    goals = [want - heights[cell] / 2 - off for cell, want, off in zip(rank, wanted, below, strict=True)]
    for cell, start, off in zip(rank, _isotonic(goals), below, strict=True):
        tops[cell] = start + off


def _isotonic(goals: list[float]) -> list[float]:
    blocks: list[tuple[float, int]] = []
    for goal in goals:
        total, count = goal, 1
        while blocks and blocks[-1][0] / blocks[-1][1] >= total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    return [total / count for total, count in blocks for _ in range(count)]


def _columns(graph: Layered, boxes: Sequence[Box], spacing: Spacing) -> tuple[list[float], list[float]]:
    widths = [max((boxes[c].w for c in rank if c < len(boxes)), default=0.0) for rank in graph.ranks]
    lefts, left = [], spacing.margin
    for width in widths:
        lefts.append(left)
        left += width + spacing.across
    return lefts, widths


def _route(
    chain: list[int], columns: list[tuple[float, float]], middle: list[float]
) -> tuple[tuple[float, float], ...]:
    points = [(columns[chain[0]][1], middle[chain[0]])]
    for cell in chain[1:]:
        left, right = columns[cell]
        points += _curve(points[-1], (left, middle[cell]))
        if cell != chain[-1]:  # straight through the column, in the room that its cell keeps free
            points += _curve(points[-1], (right, middle[cell]))
    return tuple(points)


def _curve(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    half = _even((start[0] + end[0]) / 2)
    return [(half, start[1]), (half, end[1]), end]
