"""Agents that are plain functions: called one by one in the loop, or in a thread once they turn out to be slow."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing
from kodonb.kumeo.running.stage import Stage

_SLOW: Final = 0.02  # seconds of a call that others should not have to wait for


class PlainStage(Stage):
    """An agent whose `process` is a plain function."""

    _thread: ThreadPoolExecutor | None = None
    _busy = False

    def work(self) -> None:
        """Process everything that waits."""
        if self._thread is not None or self.cache is not None:
            self._begin()
            return
        assert self.agent is not None
        process, queue, bind, when = self.agent.process, self.queue, self.node.bind, self.when
        began = time.perf_counter()
        done = 0
        while queue:  # all that happens in here happens two hundred thousand times in a second
            flight = queue.popleft()
            inputs = bind(flight)
            try:
                if type(inputs) is Nothing or (when is not None and not when(inputs, flight.message)):
                    self.pass_over(flight, inputs)
                    continue
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
        if seconds / done > min(_SLOW, limit if limit is not None else _SLOW):
            self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"kumeo-{self.node.id}")

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

    def _begin(self) -> None:
        if not self._busy:
            self._busy = True
            self.crew.begin(self._one_by_one())

    async def _one_by_one(self) -> None:
        try:
            while self.queue:
                flight = self.queue.popleft()
                inputs = self.inputs(flight)
                if type(inputs) is not Nothing:
                    await self.tried(flight, inputs)
                self.crew.soon()
        finally:
            self._busy = False

    async def once(self, inputs: Any, message: Message) -> Any:
        """Call the function; in a thread of its own if it is slow."""
        assert self.agent is not None
        if self._thread is None:
            value = self.agent.process(inputs, message)
        else:
            loop = asyncio.get_running_loop()
            value = await loop.run_in_executor(self._thread, self.agent.process, inputs, message)
        return await value if hasattr(value, "__await__") else value

    def close(self) -> None:
        """Let the thread end."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)


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
