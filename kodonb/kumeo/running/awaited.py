"""Agents that are waited for: language models, people, lookups; many events at once."""

from __future__ import annotations

from typing import Any, Final

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing
from kodonb.kumeo.running.stage import Stage

_AT_ONCE: Final = 64
MOST_PARKED: Final = 10_000
"""Most events of a workflow that may wait for people at once."""


class AwaitedStage(Stage):
    """An agent whose `process` is awaited."""

    _active = 0

    def work(self) -> None:
        """Begin with what waits, as far as there is room; who waits for a person takes none."""
        limit = self.policy.concurrency or _AT_ONCE
        while self.queue and self._active - self.parked < limit and self.parked < MOST_PARKED:
            flight = self.queue.popleft()
            inputs = self.inputs(flight)
            if type(inputs) is not Nothing:
                self._active += 1
                self.crew.begin(self._one(flight, inputs))
        self.tally.waiting = len(self.queue)

    async def _one(self, flight: Flight, inputs: Any) -> None:
        try:
            await self.tried(flight, inputs)
        finally:
            self._active -= 1
            self.crew.soon()

    async def once(self, inputs: Any, message: Message) -> Any:
        """Await the agent."""
        assert self.agent is not None
        return await self.agent.process(inputs, message)
