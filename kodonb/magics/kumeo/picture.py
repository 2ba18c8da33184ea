"""The graph of a workflow as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kodonb.display.format import line
from kodonb.kumeo.graph import Edge, Graph, Node

_MOST: Final = 60  # lines


def graph_text(graph: Graph) -> str:
    """Return a line for each node: what it is, and where it leads."""
    lines = [*_lines(graph)]
    left = len(lines) - _MOST
    return "\n".join([*lines[:_MOST], *([f"  … and {left} more"] if left > 0 else [])])


def _lines(graph: Graph) -> Iterator[str]:
    nodes = {node.id: node for node in graph.nodes}
    names = {node.id: f"{_kind(node)}{line(node.label, 60)}" for node in graph.nodes}
    widths = (
        max(map(len, names.values()), default=0),
        max((len(node.detail) for node in graph.nodes), default=0),
    )
    leads: dict[str, list[str]] = {}
    for edge in graph.edges:
        if edge.target in nodes:
            leads.setdefault(edge.source, []).append(_to(edge, names[edge.target], nodes[edge.target]))
    for node in graph.nodes:
        shown = f"  {names[node.id]:<{widths[0]}}  {line(node.detail, 40):<{widths[1]}}"
        told = ", ".join(leads.get(node.id, ()))
        yield f"{shown}  → {told}" if told else shown.rstrip()


def _kind(node: Node) -> str:
    return "" if node.kind in {"agent", "preprocessor"} else f"{node.kind} "


def _to(edge: Edge, name: str, target: Node) -> str:
    routed = edge.label and target.kind in {"target", "output"}
    return f"{name} if {line(edge.label, 60)}" if routed and edge.label != "default" else name
