"""Events that are part of a result to come, such as those of a window: they are not done before it has left.

They are kept until the agent waits for nothing any more, or until they are older than any wait of the agent
that was seen. There is a limit to how many are kept: beyond it the oldest count as done, so that a death of
the process may cost what they added to windows that were open then.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from kodonb.kumeo.agents.protocol import Dropped, Message, Several
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import DROPPED

if TYPE_CHECKING:
    from kodonb.kumeo.running.engine.engine import Engine
    from kodonb.kumeo.running.engine.stage import Stage

MOST: Final = 5000
"""Most events that an agent keeps for a result to come."""


class _Held:
    """Events of one agent."""

    def __init__(self) -> None:
        self.flights: deque[tuple[datetime, Flight]] = deque()
        self.longest = 0.0
        self.timer: asyncio.TimerHandle | None = None


class Holding:
    """Events that are kept for a result to come, of all agents."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[int, _Held] = {}

    def hold(self, stage: Stage, flight: Flight) -> bool:
        """Keep an event if its agent waits for something; see to it that it is called when it is time."""
        agent: Any = stage.agent
        held = self._held.setdefault(stage.node.index, _Held())
        now, due = datetime.now(UTC), agent.due
        if due is None:
            return False
        held.longest = max(held.longest, (due - now).total_seconds())
        held.flights.append((now, flight))
        flight.owed += 1
        flight.held += 1
        self._engine.settle(flight, stage.node.index, DROPPED)
        if len(held.flights) > MOST:
            self._release([held.flights.popleft()[1]])
        self._set_timer(stage, held, due, now)
        return True

    def _set_timer(self, stage: Stage, held: _Held, due: datetime, now: datetime) -> None:
        if held.timer is not None:
            held.timer.cancel()
        wait = max(0.0, (due - now).total_seconds())
        held.timer = asyncio.get_running_loop().call_later(wait, self._lapse, stage)

    def ended(self, stage: Stage, flight: Flight, values: tuple[Any, ...]) -> None:
        """Let results go that an event has brought to their end; the event itself may be part of the next ones."""
        held = self._held.setdefault(stage.node.index, _Held())
        now = datetime.now(UTC)
        self._launch(stage, Several(values), now, self._old(held, now))
        if not self.hold(stage, flight):
            self._engine.settle(flight, stage.node.index, DROPPED)
            self._engine.soon()

    def _lapse(self, stage: Stage, *, end: bool = False) -> bool:
        """Let an agent return what time has brought; whether there was anything."""
        agent: Any = stage.agent
        held = self._held.setdefault(stage.node.index, _Held())
        now = datetime.now(UTC)
        value = agent.lapse(None if end else now)
        due = None if end else agent.due
        released = self._old(held, now, everything=due is None)
        if due is not None:
            self._set_timer(stage, held, due, now)
        return self._launch(stage, value, now, released) or bool(released)

    def _end(self, stage: Stage) -> bool:
        return self._lapse(stage, end=True)

    def _old(self, held: _Held, now: datetime, *, everything: bool = False) -> list[Flight]:
        """Take out events that can be part of no result any more but those that are there."""
        found = []
        while held.flights and (everything or (now - held.flights[0][0]).total_seconds() > held.longest):
            found.append(held.flights.popleft()[1])
        return found

    def _launch(self, stage: Stage, value: Any, now: datetime, released: list[Flight]) -> bool:
        """Let results go; the events that they were made of are done when they have left."""
        values = () if type(value) is Dropped else value.values if type(value) is Several else (value,)
        left = len(values)

        def one_less() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                self._release(released)

        for each in values:
            body = msgspec.json.encode(each, order="deterministic", enc_hook=str)
            trace = f"{stage.node.id}:{hashlib.blake2b(body, digest_size=12).hexdigest()}"
            self._engine.launch(
                Message(id=trace, trace=trace, at=now, data=each), stage.node.index, each, one_less
            )
        if not values:
            one_less()
        return bool(values)

    def _release(self, flights: list[Flight]) -> None:
        for flight in flights:
            flight.held -= 1
            self._engine.less(flight, 1)
        self._engine.soon()

    def release_all(self) -> bool:
        """Let all agents return what they have; whether any had something."""
        stages = [self._engine.stages[index] for index in self._engine.plan.order]
        return any(list(map(self._end, (stage for stage in stages if stage.timed))))

    def close(self) -> None:
        """Call nobody any more."""
        for held in self._held.values():
            if held.timer is not None:
                held.timer.cancel()
