"""The variables of a Bayesian network, whatever form they were read from."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

LARGEST: Final = 1 << 22
"""Most numbers in a table."""

_CLOSE: Final = 1e-4


class Unreadable(ValueError):
    """A text is no Bayesian network."""


class Node(msgspec.Struct):
    """A variable.

    Attributes:
        states: Its states.
        parents: Variables that it depends on.
        rows: States of the parents -> probabilities of its own.
    """

    states: list[str]
    parents: list[str] = []
    rows: dict[tuple[str, ...], list[float]] = {}


def size(nodes: Mapping[str, Node], name: str) -> int:
    """Return how many numbers the table of a variable has.

    Raises:
        Unreadable: A parent does not exist.
    """
    for parent in nodes[name].parents:
        if parent not in nodes:
            raise Unreadable(f"{name} depends on {parent}, which does not exist")
    return math.prod(len(nodes[each].states) for each in [name, *nodes[name].parents])


def combinations(nodes: Mapping[str, Node], name: str) -> Iterator[tuple[str, ...]]:
    """Yield all states of the parents together, the last parent's changing first."""
    return itertools.product(*(nodes[each].states for each in nodes[name].parents))


def check(nodes: Mapping[str, Node]) -> None:
    """Refuse what is no network of probabilities: inference would return something all the same.

    Raises:
        Unreadable: States or parents are repeated, a row is missing or too much, or does not add up to 1.
    """
    if not nodes:
        raise Unreadable("it has no variables")
    for name, node in nodes.items():
        if len(node.states) < 2 or len(set(node.states)) < len(node.states):
            raise Unreadable(f"{name} needs two or more states, each with a name of its own")
        if len(set(node.parents)) < len(node.parents) or name in node.parents:
            raise Unreadable(f"a parent of {name} is repeated, or the variable itself")
        if size(nodes, name) > LARGEST:
            raise Unreadable(f"the table of {name} is too large")
        _check_rows(nodes, name, node)


def _check_rows(nodes: Mapping[str, Node], name: str, node: Node) -> None:
    wanted = set(combinations(nodes, name))
    for states in sorted(wanted ^ set(node.rows)):
        what = "has no probabilities for" if states in wanted else "has probabilities for unknown states"
        raise Unreadable(f"{name} {what} ({', '.join(states)})")
    for states, row in node.rows.items():
        place = f"{name} ({', '.join(states)})" if states else name
        if len(row) != len(node.states):
            raise Unreadable(f"{place} needs {len(node.states)} probabilities, not {len(row)}")
        if not all(0 <= part <= 1 for part in row) or abs(sum(row) - 1) > _CLOSE:
            raise Unreadable(f"the probabilities of {place} do not add up to 1")


def number(text: str) -> float:
    """Return a number.

    Raises:
        Unreadable: A text is none.
    """
    try:
        return float(text)
    except ValueError:
        raise Unreadable(f"{text[:40]!r} is no number") from None


def rows(
    states: Sequence[tuple[str, ...]], width: int, numbers: Sequence[float], name: str
) -> dict[tuple[str, ...], list[float]]:
    """Return the rows of a table in which the states of the variable itself change first.

    Raises:
        Unreadable: There are not as many numbers as there should be.
    """
    if len(numbers) != len(states) * width:
        raise Unreadable(f"the table of {name} needs {len(states) * width} numbers, not {len(numbers)}")
    return {each: list(numbers[at * width : (at + 1) * width]) for at, each in enumerate(states)}
