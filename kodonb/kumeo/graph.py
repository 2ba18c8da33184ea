"""The graph of a workflow: what runs after what, as records that can be drawn, and edited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

import msgspec

from kodonb.kumeo.program.records import Agent, Endpoint, Integration, SubWorkflow, Workflow
from kodonb.kumeo.program.values import Reference, Table, Value

Kind = Literal["source", "target", "agent", "preprocessor", "use", "input", "output"]

_ROUTES: Final = ("rules", "routing_rules")


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node.

    Attributes:
        id: Id within the graph, such as ``agent:writer``.
        kind: What it is.
        label: Its name.
        detail: Its type.
        line: Line of the text in which it is defined; 0 if that is not known.
    """

    id: str
    kind: Kind
    label: str
    detail: str
    line: int = 0


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A connection.

    Attributes:
        source: Id of the node that it comes from.
        target: Id of the node that it goes to.
        label: What goes there: a stream, or the condition of a route.
        implied: Whether the text does not say it: an agent without input takes the source, and what nobody takes
            goes to the target.
    """

    source: str
    target: str
    label: str = ""
    implied: bool = False


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Nodes that belong together, by their ids."""

    id: str
    label: str
    members: tuple[str, ...]


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The graph of a workflow or subworkflow."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    groups: tuple[Group, ...] = ()


def graph(definition: Workflow | SubWorkflow, bound: Iterable[Integration] = ()) -> Graph:
    """Return the graph of a definition.

    Args:
        definition: The workflow or subworkflow.
        bound: Integrations; those of the workflow are drawn as subworkflows in use.
    """
    return _Drawing(definition, [one for one in bound if one.workflow == definition.name]).graph()


class _Drawing:
    def __init__(self, definition: Workflow | SubWorkflow, bound: list[Integration]) -> None:
        self._definition = definition
        self._first: tuple[Agent, ...] = definition.preprocessors if isinstance(definition, Workflow) else ()
        self._agents = (*self._first, *definition.agents)
        self._bound = bound
        self._begins, self._ends = _ends(definition)

    def graph(self) -> Graph:
        edges: dict[tuple[str, str], Edge] = {}
        for edge in self._edges():  # of two that say the same, the one that says what goes there
            if not edges.setdefault((edge.source, edge.target), edge).label:
                edges[edge.source, edge.target] = edge
        nodes = (*self._begins, *self._of_agents(), *self._used(), *self._ends)
        members = tuple(f"agent:{agent.id}" for agent in self._first)
        groups = (Group(id="preprocessors", label="preprocessors", members=members),) if members else ()
        return Graph(name=self._definition.name, nodes=nodes, edges=tuple(edges.values()), groups=groups)

    def _of_agents(self) -> Iterator[Node]:
        for agent in self._agents:
            kind: Kind = "preprocessor" if agent in self._first else "agent"
            yield Node(id=f"agent:{agent.id}", kind=kind, label=agent.id, detail=agent.type, line=agent.line)

    def _used(self) -> Iterator[Node]:
        for use in self._definition.uses:
            yield Node(id=f"use:{use.name}", kind="use", label=use.name, detail=use.subworkflow)
        for one in self._bound:
            yield Node(id=f"use:{one.name or one.use}", kind="use", label=one.use, detail="integration")

    def _edges(self) -> Iterator[Edge]:
        said = [*self._said(), *self._mapped()]
        yield from said
        fed = {edge.target for edge in said}
        taken = {edge.source for edge in said}
        for agent in self._agents:
            here = f"agent:{agent.id}"
            if here not in fed:
                yield from (Edge(source=each.id, target=here, implied=True) for each in self._begins)
            if here not in taken and agent not in self._first:
                yield from (Edge(source=here, target=each.id, implied=True) for each in self._ends)

    def _said(self) -> Iterator[Edge]:
        for agent in self._agents:
            here = f"agent:{agent.id}"
            streams = {other.id: _stream(other) for other in self._agents}
            for other in agent.needs:
                yield Edge(source=f"agent:{other}", target=here, label=streams.get(other, ""))
            for link in (*agent.inputs, *agent.context):
                for reference in link.choices:
                    yield from (Edge(source=start, target=here) for start in self._start(reference))
            for outlet in agent.outputs:
                yield from (Edge(source=here, target=end) for end in self._end(outlet.kind, outlet.name))
            for condition, name in _routes(agent):
                yield from (
                    Edge(source=here, target=end, label=condition) for end in self._end("target", name)
                )

    def _mapped(self) -> Iterator[Edge]:
        for one in self._bound:
            here = f"use:{one.name or one.use}"
            for name, link in one.input.items():
                for reference in link.choices:
                    yield from (
                        Edge(source=start, target=here, label=name) for start in self._start(reference)
                    )
            for name, outlet in one.output.items():
                yield from (
                    Edge(source=here, target=end, label=name) for end in self._end(outlet.kind, outlet.name)
                )

    def _start(self, reference: Reference) -> Iterator[str]:
        meaning = reference.meaning
        if meaning is None:
            return
        if meaning.kind == "use":
            yield f"use:{meaning.name}"
        elif meaning.kind in {"source", "input"}:
            yield from (each.id for each in _chosen(self._begins, meaning.name))
        yield from (f"agent:{each}" for each in meaning.agents)

    def _end(self, kind: str, name: str) -> Iterator[str]:
        if kind in {"target", "output"}:
            yield from (each.id for each in _chosen(self._ends, name))


def _ends(definition: Workflow | SubWorkflow) -> tuple[list[Node], list[Node]]:
    """Return where a definition begins and ends."""
    if isinstance(definition, Workflow):
        begins = [_endpoint("source", number, each) for number, each in enumerate(definition.sources)]
        return begins, [_endpoint("target", number, each) for number, each in enumerate(definition.targets)]
    inputs = [Node(id=f"input:{name}", kind="input", label=name, detail="input") for name in definition.input]
    return inputs, [
        Node(id=f"output:{name}", kind="output", label=name, detail="output") for name in definition.output
    ]


def _endpoint(kind: Literal["source", "target"], number: int, end: Endpoint) -> Node:
    address = end.address if isinstance(end.address, str) else ""
    return Node(id=f"{kind}:{number}", kind=kind, label=address or end.name or end.type, detail=end.type)


def _chosen(ends: list[Node], name: str) -> list[Node]:
    """Return the ends that a name means: that one, or all."""
    return [each for each in ends if name and each.label == name] or ends


def _stream(agent: Agent) -> str:
    return next((outlet.name for outlet in agent.outputs if outlet.kind == "stream"), "")


def _routes(agent: Agent) -> Iterator[tuple[str, str]]:
    """Yield the conditions of a router, with the targets that they lead to."""
    for argument in _ROUTES:
        routes = agent.arguments.get(argument)
        for condition, value in routes.items.items() if isinstance(routes, Table) else ():
            said = _text(value)
            if said.startswith("target."):
                yield condition, said.removeprefix("target.")


def _text(value: Value) -> str:
    if isinstance(value, Reference):
        return value.path
    return value if isinstance(value, str) else ""
