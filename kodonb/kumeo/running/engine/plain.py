"""Agents that are plain functions: called one by one in the loop, or in threads once they turn out to be slow."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.engine.awaited import AwaitedStage
from kodonb.kumeo.running.engine.calling import in_thread
from kodonb.kumeo.running.engine.stage import Stage
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing

_SLOW: Final = 0.02  # seconds of a call that others should not have to wait for


class PlainStage(AwaitedStage):
    """An agent whose `process` is a plain function.

    Functions of users get a thread at once if they have a time limit, since nothing else could end their wait, or if
    several may run at once.
    """

    at_once = 1
    _slow = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        own = self.node.agent is not None and self.node.agent.type not in registry.BUILT_IN
        self._slow = own and (self.policy.timeout is not None or self.policy.concurrency > 1)

    def work(self) -> None:
        """Process everything that waits."""
        if self._slow or self.cache is not None:
            super().work()
            return
        assert self.agent is not None
        process, queue, bind, when = self.agent.process, self.queue, self.node.bind, self.when
        began = time.perf_counter()
        done = 0
        self.give_turns()
        while queue:  # all that happens in here happens two hundred thousand times in a second
            flight = queue.popleft()
            if when is None:
                inputs = bind(flight)
                if type(inputs) is Nothing:
                    self.pass_over(flight, inputs)
                    continue
            else:
                inputs = self.inputs(flight)
                if type(inputs) is Nothing:
                    continue
            try:
                value = process(inputs, flight.message)
                if self.schema is not None:
                    value = self.checked(value)
            except Exception as error:  # noqa: BLE001 - whatever an agent raises, the workflow goes on
                self.crew.trouble(self, flight, inputs, error, 1)
                continue
            if hasattr(value, "__await__"):
                self.crew.begin(self._await(flight, inputs, value))
                continue
            done += 1
            self.accept(flight, inputs, value)
        if done:
            self._measure(done, time.perf_counter() - began)

    def _measure(self, done: int, seconds: float) -> None:
        """Count, and leave the loop to others if a call takes long."""
        self.tally.took(seconds / done, done)
        limit = self.policy.timeout
        self._slow = seconds / done > min(_SLOW, limit if limit is not None else _SLOW)

    async def _await(self, flight: Flight, inputs: Any, value: Any) -> None:
        try:
            async with asyncio.timeout(self.policy.timeout):
                value = self.checked(await value)
        except TimeoutError:
            self.crew.trouble(self, flight, inputs, self.late(), 1)
        except Exception as error:  # noqa: BLE001 - as above
            self.crew.trouble(self, flight, inputs, error, 1)
        else:
            self.accept(flight, inputs, value)
            self.crew.soon()

    async def once(self, inputs: Any, message: Message) -> Any:
        """Call the function; in a thread of its own if it is slow."""
        assert self.agent is not None
        if self._slow:
            value = await in_thread(f"kumeo-{self.node.id}", self.agent.process, inputs, message)
        else:
            value = self.agent.process(inputs, message)
        return await value if hasattr(value, "__await__") else value


class JoinStage(Stage):
    """A place where streams come together: it hands on what it is given."""

    def work(self) -> None:
        """Hand on everything that waits."""
        while self.queue:
            flight = self.queue.popleft()
            inputs = self.inputs(flight)
            if type(inputs) is not Nothing:
                self.accept(flight, None, inputs)

    async def once(self, inputs: Any, message: Message) -> Any:  # noqa: ARG002 - as of all stages
        """Return what is given."""
        return inputs
