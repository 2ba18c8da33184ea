"""Agents that are waited for: language models, people, lookups; many events at once."""

from __future__ import annotations

from typing import Any, Final

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.engine.stage import Stage
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing

MOST_PARKED: Final = 10_000
"""Most events of a workflow that may wait for people at once."""


class AwaitedStage(Stage):
    """An agent whose `process` is awaited."""

    def work(self) -> None:
        """Begin with what waits, as far as there is room."""
        self.give_turns()
        while self.queue and self.has_room and self.parked < MOST_PARKED:
            flight = self.queue.popleft()
            inputs = self.inputs(flight)
            if type(inputs) is not Nothing:
                self.active += 1
                self.crew.begin(self._one(flight, inputs))
        self.tally.waiting = len(self.queue)

    async def _one(self, flight: Flight, inputs: Any) -> None:
        try:
            await self.tried(flight, inputs)
        finally:
            self.leave_room()

    async def once(self, inputs: Any, message: Message) -> Any:
        """Await the agent."""
        assert self.agent is not None
        return await self.agent.process(inputs, message)
