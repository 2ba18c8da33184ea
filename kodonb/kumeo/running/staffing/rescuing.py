"""What becomes of an event that an agent has failed on: new tries, what takes over, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.engine.stage import Stage
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import DROPPED, FAILED
from kodonb.model.errors import KodonbError

Stand = Callable[[Any, Message], Awaitable[Any]]
"""What stands in for an agent: given its input, returns a result."""


class GaveUp(Exception):
    """All tries have failed.

    Args:
        error: Why the last one did.
        tries: How many there were.
    """

    def __init__(self, error: Exception, tries: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.tries = tries


async def persisted(
    stage: Stage, inputs: Any, message: Message, error: Exception, tries: int
) -> tuple[Any, int]:
    """Try an agent again as often and as late as is declared; return its result, and how many tries it took.

    Args:
        stage: The agent.
        inputs: What it is given.
        message: The event.
        error: Why it failed.
        tries: How often it was tried.

    Raises:
        GaveUp: All tries have failed.
    """
    while stage.policy.tries_again(tries, error):
        await asyncio.sleep(stage.policy.pause(tries, error))
        tries += 1
        stage.tally.retried += 1
        try:
            return await stage.again(inputs, message), tries
        except Exception as another:  # noqa: BLE001 - whatever an agent raises, the workflow goes on
            error = another
    raise GaveUp(error, tries)


def standing(stage: Stage, then: Stand | None) -> Stand:
    """Return an agent as what stands in for another: with its own time, tries, schema and stand-in.

    Args:
        stage: The agent.
        then: What stands in for it.
    """

    async def stand(inputs: Any, message: Message) -> Any:
        try:
            try:
                return await stage.again(inputs, message)
            except Exception as error:  # noqa: BLE001 - as above
                return (await persisted(stage, inputs, message, error, 1))[0]
        except GaveUp as end:
            if then is None:
                raise end.error from None
            return stage.checked(await then(inputs, message))

    return stand


class Rescue:
    """Sees to events that agents have failed on.

    Args:
        stands: What stands in for agents, by number.
        alarm: Sends an event and the reason to a subject.
    """

    def __init__(
        self,
        stands: Mapping[int, Stand],
        alarm: Callable[[str, Flight, dict[str, Any]], None],
    ) -> None:
        self.stands = dict(stands)
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
        try:
            value, tries = await persisted(stage, inputs, flight.message, error, tries)
        except GaveUp as end:
            await self._give_up(stage, flight, inputs, end.error, end.tries)
        else:
            self._settle(stage, flight, inputs, value)

    def _settle(self, stage: Stage, flight: Flight, inputs: Any, value: Any) -> None:
        stage.accept(flight, inputs, value)
        stage.crew.soon()

    async def _give_up(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        stand = self.stands.get(stage.node.index)
        if stand is not None:
            try:
                value = stage.checked(await stand(inputs, flight.message))
            except Exception as another:  # noqa: BLE001 - as above
                error = another
            else:
                stage.tally.failed += 1
                stage.tally.troubled(flight, "fallback", inputs, {**explained(error), "tries": tries})
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
