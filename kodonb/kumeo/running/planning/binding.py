"""What an agent is given: its input, when it is passed over, and what else its texts name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from kodonb.kumeo.expressions import Malformed, condition
from kodonb.kumeo.program.records import Agent
from kodonb.kumeo.program.values import Items, Table, Value
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import SKIPPED, Nothing
from kodonb.kumeo.running.planning.reads import Get, Read
from kodonb.kumeo.templates import blank, prompt


def bound(
    read: Read, before: Sequence[int], gates: Sequence[Read], others: Mapping[str, int]
) -> Callable[[Flight], Any]:
    """Return a function that gives an agent's input, or `Nothing`.

    Args:
        read: The input.
        before: Agents that must not have dropped the event, or failed.
        gates: Routes of which one must lead here.
        others: Ids with numbers of agents whose results the agent's texts name.
    """
    get = read.get
    if others:
        get = _beside(get, dict(others))
    if gates:
        get = _gated(get, [gate.get for gate in gates])
    return _after(get, tuple(before)) if before else get


def _beside(get: Get, others: dict[str, int]) -> Get:
    def given(flight: Flight) -> Any:
        inputs = get(flight)
        if type(inputs) is Nothing:
            return inputs
        fields = inputs if isinstance(inputs, dict) else {"value": inputs}
        return {
            **fields,
            **{name: {"output": _or_null(flight.values[index])} for name, index in others.items()},
        }

    return given


def _gated(get: Get, gates: list[Get]) -> Get:
    def given(flight: Flight) -> Any:
        if all(type(gate(flight)) is Nothing for gate in gates):
            return SKIPPED
        return get(flight)

    return given


def _after(get: Get, before: tuple[int, ...]) -> Get:
    def given(flight: Flight) -> Any:
        for index in before:
            value = flight.values[index]
            if type(value) is Nothing and value is not SKIPPED:
                return value
        return get(flight)

    return given


def _or_null(value: Any) -> Any:
    return None if type(value) is Nothing else value


def mentioned(agent: Agent, ids: Mapping[str, int]) -> dict[str, int]:
    """Return the agents whose results the texts of an agent name, as in ``{{writer.output.title}}``."""
    own = {link.name for link in agent.inputs if link.name}
    found = {path.partition(".")[0] for path in _paths(agent) if ".output" in path}
    return {name: ids[name] for name in sorted(found - own) if name in ids}


def _paths(agent: Agent) -> Iterator[str]:
    if ".output" in agent.when:
        try:
            yield from condition(blank(agent.when)).paths()
        except Malformed:
            return
    for value in agent.arguments.values():
        for text in _texts(value):
            if "{{" in text and ".output" in text:
                yield from (path for path, _ in prompt(text).placeholders())


def _texts(value: Value) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Items):
        for each in value.items:
            yield from _texts(each)
    elif isinstance(value, Table):
        for each in value.items.values():
            yield from _texts(each)
