"""The plan of a workflow: its agents with numbers, what each reads, and what follows from what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import Any, NamedTuple

import msgspec

from kodonb.kumeo.program import records
from kodonb.kumeo.running.flight import Flight


class Exit(NamedTuple):
    """A way out: the number of a target, and the subject within it; empty for the target's own."""

    target: int
    subject: str = ""


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """An agent in the plan.

    Attributes:
        index: Its number.
        id: Its id; those of subworkflows stand behind the name of these.
        agent: Its declaration; `None` for a place where streams come together.
        bind: Returns its input for an event, or `Nothing` if it is passed over.
        needs: Agents that it waits for.
        exits: Where its results leave the workflow, beside those that a router names.
        first: Whether it runs before the others.
    """

    index: int
    id: str
    agent: records.Agent | None
    bind: Callable[[Flight], Any]
    needs: frozenset[int] = frozenset()
    exits: tuple[Exit, ...] = ()
    first: bool = False


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow that is ready to be set going.

    Attributes:
        workflow: Its declaration.
        nodes: Its agents, by number.
        order: Their numbers, each after those that it waits for.
        contexts: Shared knowledge, of the workflow and of its parts.
        spares: Agents that only stand in for others, by id.
        subjects: Subjects that lead to agents, not to targets.
        warnings: What may not be meant.
    """

    workflow: records.Workflow
    nodes: tuple[Node, ...]
    order: tuple[int, ...]
    contexts: tuple[records.Context, ...] = ()
    spares: dict[str, records.Agent] = {}
    subjects: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the workflow."""
        return self.workflow.name

    def node(self, id_: str) -> Node | None:
        """Return a node by the id of its agent."""
        return next((each for each in self.nodes if each.id == id_), None)

    def edges(self) -> list[tuple[str, str]]:
        """Return who waits for whom: ids of agents, the first before the second."""
        return [(self.nodes[need].id, node.id) for node in self.nodes for need in sorted(node.needs)]

    def levels(self) -> list[list[str]]:
        """Return ids of agents that can run at the same time, level after level."""
        depth: dict[int, int] = {}
        for index in self.order:
            depth[index] = 1 + max((depth[need] for need in self.nodes[index].needs), default=-1)
        found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
        for index in self.order:
            found[depth[index]].append(self.nodes[index].id)
        return found


class Exits:
    """Where results can go.

    Args:
        targets: The targets of the workflow.
    """

    def __init__(self, targets: tuple[records.Endpoint, ...]) -> None:
        self._targets = targets
        self._known: dict[str, tuple[Exit, ...]] = {}

    def to(self, subject: str) -> tuple[Exit, ...]:
        """Return the ways to a subject: to all targets if it is empty, otherwise to one."""
        found = self._known.get(subject)
        if found is None:
            found = self._known[subject] = self._found(subject)
        return found

    def knows(self, subject: str) -> bool:
        """Whether a target has that name or address."""
        return any(subject in {each.name, each.address} for each in self._targets)

    def _found(self, subject: str) -> tuple[Exit, ...]:
        if not subject:
            return tuple(Exit(number) for number in range(max(1, len(self._targets))))
        for matches in (_is_named, _is_at, _ends_with):
            for number, each in enumerate(self._targets):
                if matches(each, subject):
                    return (Exit(number),)
        return (Exit(0, subject),)


def _is_named(target: records.Endpoint, subject: str) -> bool:
    return target.name == subject


def _is_at(target: records.Endpoint, subject: str) -> bool:
    return target.address == subject


def _ends_with(target: records.Endpoint, subject: str) -> bool:
    address = target.address
    if not isinstance(address, str):
        return False
    if target.type == "File":
        return PurePath(address).stem == subject
    return address.replace("/", ".").rpartition(".")[2] == subject
