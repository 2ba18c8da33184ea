"""Calls of a step that people see as one: forty trainings are one node."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final

from kodonb.display.format import TIMES
from kodonb.display.layers import longest_paths
from kodonb.display.records import DONE, ENDED, StepView

ALONE: Final = 12
"""Most calls of the same step with the same predecessors that are still drawn one by one."""


@dataclass(slots=True, frozen=True)
class Group:
    """One call, or many that are drawn as one.

    Attributes:
        id: Id of the first call.
        name: Name of the step.
        members: Ids of the calls.
        after: Ids of the groups whose values they take.
        states: State -> number of calls.
    """

    id: str
    name: str
    members: tuple[str, ...]
    after: tuple[str, ...]
    states: dict[str, int]

    @property
    def count(self) -> int:
        """Number of calls."""
        return len(self.members)

    @property
    def done(self) -> int:
        """Number of calls that have their value."""
        return sum(self.states.get(state, 0) for state in DONE)

    @property
    def state(self) -> str:
        """The state that says most of all of them."""
        if len(self.states) == 1:
            return next(iter(self.states))
        for state in ("error", "awaiting", "running", "cancelled"):
            if state in self.states:
                return state
        return "finished" if set(self.states) <= ENDED else "running"

    @property
    def label(self) -> str:
        """Name and number of the calls, with the sign for times between them."""
        return f"{self.name} {TIMES} {self.count}" if self.count > 1 else self.id


def grouped(steps: Iterable[StepView], limit: int) -> list[Group]:
    """Group calls so that about `limit` nodes are enough to draw them.

    Calls of the same name, layer and predecessors' names become one where there are more than `ALONE`;
    the layer keeps the rounds of a loop apart. Only when that leaves more than `limit` nodes, all calls
    of a name become one.
    """
    steps = list(steps)
    groups = _collapse(steps, _alike(steps))
    return groups if len(groups) <= limit else _collapse(steps, {step.id: step.name for step in steps})


def _alike(steps: list[StepView]) -> dict[str, Hashable]:
    number = {step.id: index for index, step in enumerate(steps)}
    pairs = [(number[a], number[step.id]) for step in steps for a in step.after if a in number]
    layer = longest_paths(len(steps), pairs)
    names = {step.id: step.name for step in steps}
    keys: dict[str, Hashable] = {}
    for step in steps:
        before = frozenset(names[a] for a in step.after if a in names)
        keys[step.id] = (step.name, layer[number[step.id]], before)
    sizes = Counter(keys.values())
    return {call: key if sizes[key] > ALONE else call for call, key in keys.items()}


def _collapse(steps: list[StepView], keys: dict[str, Hashable]) -> list[Group]:
    members: defaultdict[Hashable, list[StepView]] = defaultdict(list)
    for step in steps:
        members[keys[step.id]].append(step)
    heads = {key: calls[0].id for key, calls in members.items()}
    return [_group(calls, keys, heads) for calls in members.values()]


def _group(calls: list[StepView], keys: dict[str, Hashable], heads: dict[Hashable, str]) -> Group:
    after = dict.fromkeys(heads[keys[a]] for call in calls for a in call.after if a in keys)
    return Group(
        id=calls[0].id,
        name=calls[0].name,
        members=tuple(call.id for call in calls),
        after=tuple(a for a in after if a != calls[0].id),
        states=dict(Counter(call.state for call in calls)),
    )
