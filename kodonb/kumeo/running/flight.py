"""One event on its way through a workflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.protocol import Incoming

_NOT_YET = None


class Flight:
    """One event on its way.

    Agents are known by their numbers in the plan.

    Attributes:
        message: The event.
        incoming: What the source gave; `None` for an event that time has made, or one of several results.
        origin: Number of the source.
        values: Result of each agent.
        waits: For each agent how many others it still waits for.
        owed: What is left to do: agents that are not settled, results that have not left, flights that began here,
            results to come that this is a part of.
        held: How much of that is only results to come, of this or of flights that began here.
        aside: Whether nothing but that is left.
        began: When it began, by the monotonic clock.
        parent: The flight that this one is a part of.
        faults: Why it has to be put aside: agents with what was wrong.
        routed: Subjects that an agent has named for its result.
        forks: Parts that began with one of several results: the agents that they go through, and the flights.
        kept: Results for the one who sent the event, if it waits for them.
        part: What tells its results from those of other parts.
        then: Called when its way has ended, if time has made it.
    """

    __slots__ = (
        "aside", "began", "faults", "forks", "held", "incoming", "kept", "message", "origin", "owed", "parent", "part",
        "routed", "then", "values", "waits",
    )  # fmt: skip

    def __init__(  # noqa: PLR0917 - one is made for every event; names would cost time
        self,
        message: Message,
        waits: list[int],
        began: float,
        incoming: Incoming | None = None,
        origin: int = 0,
        parent: Flight | None = None,
    ) -> None:
        self.message = message
        self.incoming = incoming
        self.origin = origin
        self.values: list[Any] = [_NOT_YET] * len(waits)
        self.waits = waits
        self.owed = len(waits)
        self.held = 0
        self.aside = False
        self.began = began
        self.parent = parent
        self.faults: list[tuple[str, Any]] | None = None
        self.routed: dict[int, tuple[str, ...]] | None = None
        self.forks: list[tuple[frozenset[int], list[Flight]]] | None = None
        self.kept: list[Any] | None = None
        self.then: Callable[[], None] | None = None
        self.part: str = "" if parent is None else parent.part

    @property
    def root(self) -> Flight:
        """The flight that this one is a part of, or itself."""
        found = self
        while found.parent is not None:
            found = found.parent
        return found

    def blame(self, agent: str, error: Any) -> None:
        """Note that an agent failed for good."""
        root = self.root
        if root.faults is None:
            root.faults = []
        root.faults.append((agent, error))
