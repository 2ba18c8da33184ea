"""Several results of one agent for one event: each goes on by itself, through the agents that follow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kodonb.kumeo.running.flight import Flight

if TYPE_CHECKING:
    from kodonb.kumeo.running.engine.engine import Engine
    from kodonb.kumeo.running.engine.stage import Stage


def closures(nexts: Sequence[Sequence[int]]) -> list[frozenset[int]]:
    """Return for each agent all that follow from it, by whatever way."""
    found: dict[int, frozenset[int]] = {}

    def of(index: int) -> frozenset[int]:
        waiting, seen = [index], set[int]()
        while waiting:
            for other in nexts[waiting.pop()]:
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return frozenset(seen)

    for index in range(len(nexts)):
        found[index] = of(index)
    return [found[index] for index in range(len(nexts))]


def forked(flight: Flight) -> frozenset[int]:
    """Return the agents that parts of an event go through in its place."""
    return frozenset[int]().union(*(inside for inside, _ in flight.forks or ()))


def fork(engine: Engine, flight: Flight, stage: Stage, values: tuple[Any, ...]) -> None:
    """Let each of several results go on by itself; the event itself passes the agents that follow."""
    index = stage.node.index
    inside = engine.closures[index] - forked(flight)
    flight.owed += 1  # until this is done
    settled(engine, flight, index, list(values))  # parts of an earlier fork get all of them at once
    children = [_child(flight, index, inside, number) for number in range(len(values))]
    if flight.forks is None:
        flight.forks = []
    flight.forks.append((inside, children))
    flight.values[index] = None
    for child, value in zip(children, values, strict=True):
        stage.accept(child, None, value)
    engine.less(flight, 2 + len(inside))


def _child(flight: Flight, index: int, inside: frozenset[int], number: int) -> Flight:
    child = Flight(flight.message, flight.waits[:], flight.began, None, flight.origin, flight)
    child.values = flight.values[:]
    child.routed = dict(flight.routed) if flight.routed else None
    child.part = f"{flight.part}{index}.{number}/"
    child.owed = 1 + len(inside)
    flight.owed += 1
    return child


def settled(engine: Engine, flight: Flight, index: int, value: Any) -> None:
    """Let the parts of an event know a result that they wait for."""
    for inside, children in flight.forks or ():
        reached = [other for other in engine.nexts[index] if other in inside]
        for child in children:
            child.values[index] = value
            if flight.routed and index in flight.routed:
                child.routed = {**(child.routed or {}), index: flight.routed[index]}
            for other in reached:
                child.waits[other] -= 1
                if not child.waits[other]:
                    engine.stages[other].queue.append(child)
