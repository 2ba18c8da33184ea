"""Layers of a directed graph by longest path, with a cell in every layer that an edge crosses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

MAX_CELLS: Final = 2_000
"""Most invisible cells; beyond it long edges are drawn straight through."""


@dataclass(slots=True)
class Layered:
    """A graph cut into layers; cells are numbered, those of real nodes first.

    Attributes:
        ranks: Cells of each layer, in drawing order.
        rank: Layer of each cell.
        before: Neighbours of each cell in layers to its left.
        after: Neighbours of each cell in layers to its right.
        chains: Cells that each edge passes, its two ends included.
    """

    ranks: list[list[int]]
    rank: list[int]
    before: list[list[int]]
    after: list[list[int]]
    chains: list[list[int]]

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.rank)


def layered(ids: Sequence[str], links: Iterable[tuple[str, str]]) -> Layered:
    """Cut a graph into layers.

    Args:
        ids: Its nodes.
        links: Pairs (from, to); see `kodonb.display.layout.layout`.
    """
    number = {node: index for index, node in enumerate(ids)}
    pairs = dict.fromkeys((number[a], number[b]) for a, b in links if a in number and b in number and a != b)
    rank = longest_paths(len(ids), list(pairs))
    graph = Layered([], rank, [[] for _ in ids], [[] for _ in ids], [])
    forward = [(a, b) for a, b in pairs if rank[a] < rank[b]]
    crossed = sum(rank[b] - rank[a] - 1 for a, b in forward)
    for a, b in forward:
        _connect(graph, a, b, through=crossed <= MAX_CELLS)
    graph.ranks = [[] for _ in range(max(rank, default=-1) + 1)]
    for cell, layer in enumerate(rank):
        graph.ranks[layer].append(cell)
    return graph


def longest_paths(count: int, pairs: Iterable[tuple[int, int]]) -> list[int]:
    """Return for each node the number of edges of the longest path that ends in it.

    A cycle is opened at the node with the smallest number: edges that lead back to it do not count.
    """
    after: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for a, b in pairs:
        after[a].append(b)
        waiting[b] += 1
    rank, seen = [0] * count, [False] * count
    ready = [node for node in range(count) if not waiting[node]]
    lowest = 0
    for _ in range(count):
        if not ready:
            while seen[lowest]:
                lowest += 1
            ready.append(lowest)
        node = ready.pop()
        seen[node] = True
        for target in after[node]:
            if not seen[target]:
                rank[target] = max(rank[target], rank[node] + 1)
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
    return rank


def _connect(graph: Layered, a: int, b: int, *, through: bool) -> None:
    chain = [a]
    for layer in range(graph.rank[a] + 1, graph.rank[b] if through else 0):
        chain.append(graph.cells)
        graph.rank.append(layer)
        graph.before.append([])
        graph.after.append([])
    chain.append(b)
    for left, right in pairwise(chain):
        graph.after[left].append(right)
        graph.before[right].append(left)
    graph.chains.append(chain)
