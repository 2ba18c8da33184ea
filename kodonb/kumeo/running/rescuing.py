"""What becomes of an event that an agent has failed on: new tries, what takes over, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import DROPPED, FAILED
from kodonb.kumeo.running.stage import Stage
from kodonb.model.errors import KodonbError

Stand = Callable[[Any, Message], Any]
"""What stands in for an agent: given its input, returns a result, or something to be awaited."""


class Rescue:
    """Sees to events that agents have failed on.

    Args:
        stands: What stands in for agents, by number.
        emit: Takes events.
        alarm: Sends an event and the reason to a subject.
    """

    def __init__(
        self,
        stands: Mapping[int, Stand],
        emit: Callable[[str, Any], None],
        alarm: Callable[[str, Flight, dict[str, Any]], None],
    ) -> None:
        self.stands = dict(stands)
        self._emit = emit
        self._alarm = alarm

    async def __call__(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        """See to one event.

        Args:
            stage: The agent.
            flight: The event.
            inputs: What the agent was given.
            error: Why it failed.
            tries: How often it was tried.
        """
        policy = stage.policy
        while policy.tries_again(tries, error):
            await asyncio.sleep(policy.pause(tries, error))
            tries += 1
            stage.tally.retried += 1
            try:
                value = await stage.attempt(inputs, flight.message)
            except Exception as another:  # noqa: BLE001 - whatever an agent raises, the workflow goes on
                error = another
            else:
                self._settle(stage, flight, inputs, value)
                return
        await self._give_up(stage, flight, inputs, error, tries)

    def _settle(self, stage: Stage, flight: Flight, inputs: Any, value: Any) -> None:
        stage.accept(flight, inputs, value)
        stage.crew.soon()

    async def _give_up(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        stand = self.stands.get(stage.node.index)
        if stand is not None:
            try:
                value = stand(inputs, flight.message)
                value = stage.checked(await value if asyncio.iscoroutine(value) else value)
            except Exception as another:  # noqa: BLE001 - as above
                error = another
            else:
                self._settle(stage, flight, inputs, value)
                return
        self._end(stage, flight, inputs, error, tries)

    def _end(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        policy, index = stage.policy, stage.node.index
        told = {**explained(error), "tries": tries}
        stage.tally.failed += 1
        stage.tally.troubled(flight, policy.action, inputs, told)
        if policy.channel:
            self._alarm(policy.channel, flight, {**told, "agent": stage.node.id})
        if policy.action == "log_and_continue":
            if stage.node.exits:
                stage.crew.leave(flight, stage.node, inputs, None)
            stage.crew.settle(flight, index, inputs)
        else:
            if policy.action == "quarantine":
                flight.blame(stage.node.id, told)
            stage.crew.settle(flight, index, DROPPED if policy.action == "reject" else FAILED)
        stage.crew.soon()


def explained(error: BaseException) -> dict[str, Any]:
    """Return what is told of an error."""
    told: dict[str, Any] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, KodonbError):
        told |= {"message": error.message, "code": error.code}
        told |= {name: value for name in ("where", "remedy") if (value := getattr(error, name))}
    if isinstance(error, AgentError) and error.details is not None:
        told["details"] = error.details
    return told
