"""The order of agents: each after those that it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter

from kodonb.kumeo.running.errors import WorkflowError


def ordered(needs: Sequence[frozenset[int]], ids: Sequence[str]) -> tuple[int, ...]:
    """Return numbers of agents in an order in which they can run.

    Args:
        needs: For each agent those that it waits for.
        ids: Their ids.

    Raises:
        WorkflowError: Some wait for each other (KN832).
    """
    sorter = TopologicalSorter({index: sorted(each) for index, each in enumerate(needs)})
    try:
        return tuple(sorter.static_order())
    except CycleError as error:
        way = " → ".join(ids[index] for index in reversed(error.args[1]))
        raise WorkflowError(
            f"agents wait for each other: {way}", remedy="let one of them take another input"
        ) from None
