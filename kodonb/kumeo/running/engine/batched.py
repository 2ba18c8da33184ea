"""Agents that do many events faster than one by one: at once when idle, as many as wait under load."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final, cast

from kodonb.kumeo.agents.protocol import Batching, Message
from kodonb.kumeo.running.engine.stage import Stage
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import Nothing

_BATCH: Final = 64


class BatchedStage(Stage):
    """An agent that has `process_many`."""

    at_once = 2
    _waiting = False
    _waited = False

    def work(self) -> None:
        """Begin with what waits, in batches; with `batch_wait`, wait until one is full, or for so long."""
        self.give_turns()
        size = self.policy.batch or _BATCH
        while self.queue and self.has_room and (len(self.queue) >= size or not self._waits()):
            taken: list[tuple[Flight, Any]] = []
            while self.queue and len(taken) < size:
                flight = self.queue.popleft()
                inputs = self.inputs(flight)
                if type(inputs) is not Nothing and not self._known(flight, inputs):
                    taken.append((flight, inputs))
            if taken:
                self.active += 1
                self.crew.begin(self._many(taken))
        self.tally.waiting = len(self.queue)

    def _waits(self) -> bool:
        """Whether what waits is to wait for others."""
        if not self.policy.batch_wait:
            return False
        if self._waited:
            self._waited = False
            return False
        if not self._waiting:
            self._waiting = True
            self.crew.begin(self._wait())
        return True

    async def _wait(self) -> None:
        await asyncio.sleep(self.policy.batch_wait)
        self._waiting, self._waited = False, True
        self.crew.soon()

    def _known(self, flight: Flight, inputs: Any) -> bool:
        key = self.cache.key(inputs) if self.cache is not None else None
        found = self.cache.find(key) if self.cache is not None and key is not None else None
        if found is None:
            return False
        self.tally.cached += 1
        self.accept(flight, inputs, found[0])
        return True

    async def _many(self, taken: list[tuple[Flight, Any]]) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.policy.timeout):
                results = await self._process([(inputs, flight.message) for flight, inputs in taken])
        except TimeoutError:
            self._failed(taken, self.late())
        except Exception as error:  # noqa: BLE001 - whatever an agent raises, the workflow goes on
            self._failed(taken, error)
        else:
            self.tally.took((time.perf_counter() - began) / len(taken), len(taken))
            for (flight, inputs), value in zip(taken, results, strict=True):
                self._take(flight, inputs, value)
        finally:
            self.leave_room()

    def _take(self, flight: Flight, inputs: Any, value: Any) -> None:
        try:
            if isinstance(value, Exception):
                raise value  # noqa: TRY301 - as if it had been raised for this event alone
            value = self.checked(value)
        except Exception as error:  # noqa: BLE001 - as above
            self.crew.trouble(self, flight, inputs, error, 1)
        else:
            if self.cache is not None and (key := self.cache.key(inputs)) is not None:
                self.cache.keep(key, value)
            self.accept(flight, inputs, value)

    def _failed(self, taken: list[tuple[Flight, Any]], error: Exception) -> None:
        """See to a batch that failed as a whole: one by one, so that only those are blamed that are to blame."""
        if len(taken) == 1:
            ((flight, inputs),) = taken
            self.crew.trouble(self, flight, inputs, error, 1)
            return
        for flight, inputs in taken:
            self.crew.begin(self._alone(flight, inputs))

    async def _alone(self, flight: Flight, inputs: Any) -> None:
        async with self.turn():
            await self.tried(flight, inputs)

    async def _process(self, items: list[tuple[Any, Message]]) -> list[Any]:
        return await cast("Batching", self.agent).process_many(items)

    async def once(self, inputs: Any, message: Message) -> Any:
        """Give the agent one event."""
        (value,) = await self._process([(inputs, message)])
        if isinstance(value, Exception):
            raise value
        return value
