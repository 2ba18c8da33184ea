"""Reading values of a flight: compiled once, a few dozen nanoseconds each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import DROPPED, FAILED, SKIPPED, Nothing, worst

Get = Callable[[Flight], Any]


class Read(NamedTuple):
    """A value that can be read.

    Attributes:
        get: Returns it, or `Nothing`.
        needs: Agents that have to be settled before.
    """

    get: Get
    needs: frozenset[int] = frozenset()


class Choice(NamedTuple):
    """A way to a value; `soft` says that the agent may be given null if it fails."""

    read: Read
    soft: bool = False


def constant(value: Any) -> Read:
    """Return a read of what is always the same."""
    return Read(lambda _: value)


def nowhere() -> Read:
    """Return a read that never finds anything."""
    return Read(lambda _: SKIPPED)


def of_source(path: Sequence[str] = (), origins: frozenset[int] | None = None) -> Read:
    """Return a read of the event as it came.

    Args:
        path: What of it.
        origins: Sources that count; all by default.
    """
    if origins is not None:
        only = origins
        return Read(lambda flight: walked(flight.message.data, path) if flight.origin in only else SKIPPED)
    if not path:
        return Read(lambda flight: flight.message.data)
    return Read(lambda flight: walked(flight.message.data, path))


def of_agent(index: int, path: Sequence[str] = ()) -> Read:
    """Return a read of an agent's result, or of a part of it."""
    if not path:
        return Read(lambda flight: flight.values[index], frozenset([index]))

    def get(flight: Flight) -> Any:
        value = flight.values[index]
        return value if type(value) is Nothing else walked(value, path)

    return Read(get, frozenset([index]))


def of_route(index: int, subject: str, path: Sequence[str] = ()) -> Read:
    """Return a read of what a router sends to a subject."""

    def get(flight: Flight) -> Any:
        value = flight.values[index]
        if type(value) is Nothing:
            return value
        routed = flight.routed.get(index, ()) if flight.routed else ()
        return walked(value, path) if subject in routed else SKIPPED

    return Read(get, frozenset([index]))


def first_of(reads: Sequence[Read]) -> Read:
    """Return a read of the first value that there is."""
    if len(reads) == 1:
        return reads[0]
    gets = [read.get for read in reads]

    def get(flight: Flight) -> Any:
        empty = []
        for each in gets:
            value = each(flight)
            if type(value) is not Nothing:
                return value
            empty.append(value)
        return worst(empty)

    return Read(get, frozenset[int]().union(*(read.needs for read in reads)))


def merged(reads: Sequence[tuple[str, Read]], path: Sequence[str] = ()) -> Read:
    """Return a read of several results as one: their fields together, or each by its name."""
    gets = [(name, read.get) for name, read in reads]

    def get(flight: Flight) -> Any:
        found = {name: each(flight) for name, each in gets}
        empty = [value for value in found.values() if type(value) is Nothing]
        if empty:
            return worst(empty)
        if len(found) == 1:
            (whole,) = found.values()
        elif all(isinstance(value, dict) for value in found.values()):
            whole = {name: each for value in found.values() for name, each in value.items()}
        else:
            whole = found
        return walked(whole, path)

    return Read(get, frozenset[int]().union(*(read.needs for _, read in reads)))


def chosen(choices: Sequence[Choice], default: Any) -> Read:
    """Return a read of the first choice that has a value other than null, or else of the default."""
    if len(choices) == 1 and default is None and not choices[0].soft:
        return choices[0].read
    gets = [choice.read.get for choice in choices]
    soft = default is not None or any(choice.soft for choice in choices) or len(choices) > 1

    def get(flight: Flight) -> Any:
        empty: list[Nothing] = []
        for each in gets:
            value = each(flight)
            if type(value) is Nothing:
                empty.append(value)
            elif value is not None:
                return value
        if default is not None or len(empty) < len(gets) or not empty:
            return default
        return SKIPPED if soft else worst(empty)

    return Read(get, frozenset[int]().union(*(choice.read.needs for choice in choices)))


def named(reads: Sequence[tuple[str, Read, bool]]) -> Read:
    """Return a read of several values by name.

    What an agent could not give is null, unless nothing came at all, no agent gave anything and one dropped
    the event, or a value failed that is needed.

    Args:
        reads: Names with reads, and whether each must not fail.
    """
    gets = [(name, read.get, hard, bool(read.needs)) for name, read, hard in reads]

    def get(flight: Flight) -> Any:
        found: dict[str, Any] = {}
        empty: list[Nothing] = []
        came = False
        for name, each, hard, waited in gets:
            value = each(flight)
            if type(value) is Nothing:
                if hard and value is FAILED:
                    return value
                empty.append(value)
                value = None
            elif waited:
                came = True
            found[name] = value
        if came or not empty or (DROPPED not in empty and len(empty) < len(gets)):
            return found
        return worst(empty)

    return Read(get, frozenset[int]().union(*(read.needs for _, read, _ in reads)))


def walked(value: Any, path: Sequence[str]) -> Any:
    """Return what is found in a value on a path of names and positions; null if nothing."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
