"""From a checked program to the plan of one of its workflows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kodonb.kumeo.agents.protocol import Several
from kodonb.kumeo.program.records import Agent, Program, Workflow
from kodonb.kumeo.running.choosing import chosen, sections
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing, worst
from kodonb.kumeo.running.planning.binding import bound, mentioned
from kodonb.kumeo.running.planning.inlining import Part, inlined, made_of
from kodonb.kumeo.running.planning.order import ordered
from kodonb.kumeo.running.planning.plan import Exit, Exits, Node, Plan
from kodonb.kumeo.running.planning.reads import Read, first_of, merged, of_agent, of_route, of_source
from kodonb.kumeo.running.planning.routes import subjects
from kodonb.kumeo.running.planning.scope import Scope
from kodonb.kumeo.running.planning.spares import spares


def plan(program: Program, name: str = "", folder: Path | None = None) -> Plan:
    """Return the plan of a workflow.

    Args:
        program: The checked program.
        name: Name of the workflow; may be left out if there is only one.
        folder: Folder of the program, where files of settings are; `None` to read none.

    Raises:
        WorkflowError: There is no such workflow (KN831), or its agents wait for each other (KN832).
    """
    return _Planning(program, chosen(program, name), folder).run()


@dataclass
class _Place:
    """A node that is being made."""

    id: str
    agent: Agent | None
    scope: Scope
    first: bool = False
    read: Read | None = None
    exits: list[Exit] = field(default_factory=list)
    gates: list[Read] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)

    @property
    def needs(self) -> frozenset[int]:
        assert self.read is not None
        gates = frozenset[int]().union(*(gate.needs for gate in self.gates))
        return self.read.needs | gates | frozenset(self.before) | frozenset(self.others.values())


class _Planning:
    """Gives numbers to all agents, then finds out what each reads, then where results leave."""

    def __init__(self, program: Program, workflow: Workflow, folder: Path | None) -> None:
        self._program = program
        self._workflow = workflow
        self._places: list[_Place] = []
        self._exits = Exits(workflow.targets)
        self._scope = Scope(sources=workflow.sources, sections=sections(workflow), folder=folder)
        self._spares: dict[str, Agent] = {}
        self._parts: list[Part] = []

    def run(self) -> Plan:
        self._number()
        self._join_streams()
        self._read()
        self._leave()
        needs = [place.needs for place in self._places]
        return Plan(
            workflow=self._workflow,
            nodes=tuple(self._node(index, place) for index, place in enumerate(self._places)),
            order=ordered(needs, [place.id for place in self._places]),
            contexts=(
                *self._workflow.contexts,
                *(each for part in self._parts for each in part.subworkflow.contexts),
            ),
            spares=self._spares,
            subjects=frozenset(self._internal()),
            warnings=tuple(self._warnings()),
        )

    def _number(self) -> None:
        workflow = self._workflow
        everyone = [*workflow.preprocessors, *workflow.agents]
        self._spares = {agent.id: agent for agent in spares(everyone)}
        for agent in workflow.preprocessors:
            self._place(agent, self._scope, first=True)
        for agent in workflow.agents:
            if agent.id not in self._spares:
                self._place(agent, self._scope)
        self._parts = inlined(self._program, workflow)
        for part in self._parts:
            for agent in part.subworkflow.agents:
                self._place(agent, part.scope, prefix=f"{part.name}.")
            self._scope.used[part.name] = part.scope
        self._outlets()

    def _place(self, agent: Agent, scope: Scope, prefix: str = "", *, first: bool = False) -> None:
        index = len(self._places)
        self._places.append(_Place(f"{prefix}{agent.id}", agent, scope, first))
        scope.ids[agent.id] = index
        for outlet in agent.outputs:
            if outlet.kind == "stream":
                scope.streams.setdefault(outlet.name, []).append(index)
        for subject in subjects(agent):
            scope.routes.setdefault(subject, []).append(index)

    def _outlets(self) -> None:
        """Give a place to each result of a subworkflow that goes to a target or a stream."""
        for part in self._parts:
            part.scope.outputs = made_of(part.subworkflow, part.scope)
            for name, outlet in part.outlets.items():
                index = len(self._places)
                place = _Place(f"{part.name}.output.{name}", None, self._scope)
                place.read = part.scope.outputs.get(name)
                if place.read is None:
                    continue
                self._places.append(place)
                if outlet.kind == "target":
                    place.exits += self._exits.to(outlet.name)
                else:
                    self._scope.streams.setdefault(outlet.name, []).append(index)

    def _join_streams(self) -> None:
        """Give a place to each stream that several agents publish: what reads it gets every result by itself."""
        for scope in [self._scope, *(part.scope for part in self._parts)]:
            for stream, published in scope.streams.items():
                if len(published) > 1:
                    reads = [of_agent(index) for index in published]
                    place = _Place(f"stream {stream}", None, scope, read=_together(reads))
                    scope.streams[stream] = [len(self._places)]
                    self._places.append(place)

    def _read(self) -> None:
        self._begin()
        for part in self._parts:
            part.scope.inputs = {
                name: self._scope.link(part.inputs[name]) if name in part.inputs else _field(name)
                for name in part.subworkflow.input
            }
        for index, place in enumerate(self._places):
            if place.agent is not None:
                self._read_one(index, place, place.agent)

    def _begin(self) -> None:
        """Let preprocessors without an input follow each other, and find those that nobody follows."""
        taken: set[int] = set()
        former: int | None = None
        for index, place in enumerate(self._places):
            if place.first and place.agent is not None:
                place.read = (
                    self._scope.inputs_of(place.agent.inputs) if place.agent.inputs else _following(former)
                )
                taken |= place.read.needs
                former = index
        self._scope.ends = [
            (place.id, index)
            for index, place in enumerate(self._places)
            if place.first and index not in taken
        ]

    def _read_one(self, index: int, place: _Place, agent: Agent) -> None:
        scope = place.scope
        place.others = mentioned(agent, {id_: number for id_, number in scope.ids.items() if number != index})
        if not self._exits.knows(agent.id):
            place.gates = [
                of_route(router, agent.id) for router in scope.routes.get(agent.id, ()) if router != index
            ]
        if place.read is None:
            place.read = scope.inputs_of(agent.inputs) if agent.inputs else self._default(place)
        if not place.first:
            place.before = [number for _, number in self._scope.ends if number not in place.read.needs]

    def _default(self, place: _Place) -> Read:
        """Return what an agent without an input reads: what was routed to it, what its part is given, or the event."""
        if place.gates:
            return first_of(place.gates)
        if place.scope is not self._scope:
            return merged(list(place.scope.inputs.items())) if place.scope.inputs else of_source()
        ends = self._scope.ends
        return merged([(name, of_agent(index)) for name, index in ends]) if ends else of_source()

    def _leave(self) -> None:
        """Let results leave that an outlet names a target for, and those that nobody takes."""
        taken = frozenset[int]().union(*(place.needs for place in self._places))
        read = frozenset[int]().union(
            *(place.read.needs | set(place.others.values()) for place in self._places if place.read)
        )
        for index, place in enumerate(self._places):
            if place.agent is None:
                continue
            targets = [outlet for outlet in place.agent.outputs if outlet.kind == "target"]
            for outlet in targets:
                place.exits += self._exits.to(outlet.name)
            ends = not place.first or len(self._workflow.agents) == 0
            if not targets and index not in read and (index not in taken or not place.first) and ends:
                place.exits += self._exits.to("")

    def _internal(self) -> Iterator[str]:
        """Yield subjects of routers that lead to agents or streams here."""
        for place in self._places:
            for subject in place.scope.routes:
                if not self._exits.knows(subject) and (subject in place.scope.ids or self._is_read(subject)):
                    yield subject

    def _is_read(self, subject: str) -> bool:
        everyone = [place.agent for place in self._places if place.agent is not None]
        paths = (each.path for agent in everyone for link in agent.inputs for each in link.choices)
        return any(path == subject or path.startswith(f"{subject}/") for path in paths)

    def _warnings(self) -> Iterator[str]:
        for scope in [self._scope, *(part.scope for part in self._parts)]:
            yield from (
                f"`{path}` means nothing here: it is always null" for path in dict.fromkeys(scope.unknown)
            )

    def _node(self, index: int, place: _Place) -> Node:
        assert place.read is not None
        return Node(
            index=index,
            id=place.id,
            agent=place.agent,
            bind=bound(place.read, place.before, place.gates, place.others),
            needs=place.needs,
            exits=tuple(dict.fromkeys(place.exits)),
            first=place.first,
        )


def _following(former: int | None) -> Read:
    return of_source() if former is None else of_agent(former)


def _field(name: str) -> Read:
    """Return the read of what a subworkflow is given if nothing says what: the field of that name, or the event."""

    def get(flight: Flight) -> Any:
        data = flight.message.data
        return data[name] if isinstance(data, dict) and name in data else data

    return Read(get)


def _together(reads: list[Read]) -> Read:
    gets = [read.get for read in reads]

    def get(flight: Flight) -> Any:
        found = [get(flight) for get in gets]
        values = [value for value in found if type(value) is not Nothing]
        if len(values) > 1:
            return Several(tuple(values))
        return values[0] if values else worst(found)

    return Read(get, frozenset[int]().union(*(read.needs for read in reads)))
