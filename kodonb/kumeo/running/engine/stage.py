"""An agent at work: what waits for it, what it does, and what its results are taken for."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from kodonb.kumeo.agents.protocol import Agent, Dropped, Message, Routed, Several
from kodonb.kumeo.agents.schemas import Schema, unfit
from kodonb.kumeo.running.engine.cache import Cache
from kodonb.kumeo.running.engine.policy import Policy
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import DROPPED, FAILED, SKIPPED, Nothing
from kodonb.kumeo.running.planning.plan import Node
from kodonb.kumeo.running.telling.tally import Tally
from kodonb.model.errors import RunTimeout

When = Callable[[Any, Message], bool]

_SPECIAL: Final = frozenset({Routed, Dropped, Several})


class Crew(Protocol):
    """What a stage needs of the engine."""

    def settle(self, flight: Flight, index: int, value: Any) -> None:
        """Take note of an agent's result, or that there is none."""

    def leave(self, flight: Flight, node: Node, value: Any, subjects: tuple[str, ...] | None) -> None:
        """Let a result leave, if it is one that does."""

    def fork(self, flight: Flight, stage: Stage, values: tuple[Any, ...]) -> None:
        """Let each of several results go on by itself."""

    def trouble(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        """See to an event that an agent has failed on."""

    def hold(self, stage: Stage, flight: Flight) -> bool:
        """Keep an event that is part of a result to come; `False` if it need not be."""

    def begin(self, work: Any) -> None:
        """Start a coroutine."""

    def soon(self) -> None:
        """Go on with what is ready, after what is going on now."""


class Stage(ABC):
    """One agent at work.

    Args:
        node: Its place in the plan.
        agent: The agent, opened; `None` for a place where streams come together.
        policy: What happens to an event that takes long or fails.
        crew: The engine.
        tally: What is counted.
        when: Whether it is given an event; raises an error over an input that does not fit its schema.
        schema: What its results must fit.

    Attributes:
        queue: Events that wait for it.
        turns: Those that wait for room to be tried again; they come before the queue.
        parked: How many events wait for a person there.
    """

    at_once = 64
    """How many events may be with the agent at once, if nothing else is declared."""

    def __init__(  # noqa: PLR0917 - all of it is given by one place
        self,
        node: Node,
        agent: Agent | None,
        policy: Policy,
        crew: Crew,
        tally: Tally,
        when: When | None = None,
        schema: Schema | None = None,
    ) -> None:
        self.node = node
        self.agent = agent
        self.policy = policy
        self.crew = crew
        self.tally = tally
        self.queue: deque[Flight] = deque()
        self.turns: deque[asyncio.Future[None]] = deque()
        self.parked = 0
        self.active = 0
        self.cache = Cache(policy.cache) if policy.cache else None
        self.when = when
        self.schema = schema
        self.timed = hasattr(agent, "lapse")

    @abstractmethod
    def work(self) -> None:
        """Take on what waits, as far as there is room."""

    @abstractmethod
    async def once(self, inputs: Any, message: Message) -> Any:
        """Return what the agent makes of one event; one try."""

    def inputs(self, flight: Flight) -> Any:
        """Return the agent's input; `Nothing` if it is passed over, which is then settled."""
        inputs = self.node.bind(flight)
        try:
            if type(inputs) is not Nothing and (self.when is None or self.when(inputs, flight.message)):
                return inputs
        except Exception as error:  # noqa: BLE001 - as of agents; here nothing is better at the next try
            self.crew.trouble(self, flight, inputs, error, self.policy.tries)
            return FAILED
        return self.pass_over(flight, inputs)

    @property
    def has_room(self) -> bool:
        """Whether another event may be with the agent; who waits for a person takes no room."""
        return self.active - self.parked < (self.policy.concurrency or self.at_once)

    def give_turns(self) -> None:
        """Let those go on that wait to be tried again, as far as there is room."""
        while self.turns and self.has_room:
            turn = self.turns.popleft()
            if not turn.done():
                self.active += 1
                turn.set_result(None)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for room, and take it for the block."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.turns.append(turn)
        self.give_turns()
        await turn
        try:
            yield
        finally:
            self.leave_room()

    def leave_room(self) -> None:
        """Make room for others."""
        self.active -= 1
        self.give_turns()
        self.crew.soon()

    async def again(self, inputs: Any, message: Message) -> Any:
        """Return what the agent makes of an event that is tried once more, when there is room."""
        async with self.turn():
            return await self.attempt(inputs, message)

    def pass_over(self, flight: Flight, inputs: Any) -> Nothing:
        """Settle that the agent is not given an event."""
        nothing: Nothing = inputs if type(inputs) is Nothing else SKIPPED
        self.tally.skipped += 1
        self.crew.settle(flight, self.node.index, nothing)
        return nothing

    def checked(self, value: Any) -> Any:
        """Return a result if it fits the schema.

        Raises:
            AgentError: It does not (KN807).
        """
        schema = self.schema
        if schema is None or type(value) is Dropped:
            return value
        for each in value.values if type(value) is Several else (value,):
            bare = each.value if type(each) is Routed else each
            if not schema.fits(bare):
                error = unfit(schema.problems(bare), "KN807")
                error.transient = True  # a model may do better at the next try
                raise error
        return value

    def accept(self, flight: Flight, inputs: Any, value: Any, seconds: float | None = None) -> None:
        """Take a result."""
        if self.tally.purse.credit >= 1:
            self.tally.tell(flight, "finished", inputs, value, seconds)
        else:
            self.tally.last = (flight, inputs, value)
        if type(value) in _SPECIAL:
            self._special(flight, value)
            return
        if self.node.exits:
            self.crew.leave(flight, self.node, value, None)
        self.crew.settle(flight, self.node.index, value)

    def _special(self, flight: Flight, value: Any) -> None:
        index = self.node.index
        if type(value) is Dropped:
            self.tally.dropped += 1
            if not (self.timed and self.crew.hold(self, flight)):
                self.crew.settle(flight, index, DROPPED)
        elif type(value) is Several:
            self.crew.fork(flight, self, value.values)
        else:
            if flight.routed is None:
                flight.routed = {}
            flight.routed[index] = value.subjects
            self.crew.leave(flight, self.node, value.value, value.subjects)
            self.crew.settle(flight, index, value.value)

    async def tried(self, flight: Flight, inputs: Any) -> None:
        """Give the agent an event; see to it if that fails."""
        try:
            value = await self.attempt(inputs, flight.message)
        except Exception as error:  # noqa: BLE001 - whatever an agent raises, the workflow goes on
            self.crew.trouble(self, flight, inputs, error, 1)
        else:
            self.accept(flight, inputs, value)

    async def attempt(self, inputs: Any, message: Message) -> Any:
        """Return what the agent makes of an event, within its time; one try.

        Raises:
            RunTimeout: It takes too long (KN303).
        """
        if self.cache is None:
            return await self._in_time(inputs, message)
        key = self.cache.key(inputs)
        if key is None:
            return await self._in_time(inputs, message)
        known = self.cache.find(key)
        if known is not None:
            self.tally.cached += 1
            return known[0]
        value = await self._in_time(inputs, message)
        self.cache.keep(key, value)
        return value

    async def _in_time(self, inputs: Any, message: Message) -> Any:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(self.policy.timeout):
                value = self.checked(await self.once(inputs, message))
        except TimeoutError:
            raise self.late() from None
        self.tally.took(time.perf_counter() - began)
        return value

    def late(self) -> RunTimeout:
        """Return the error of a try that took too long."""
        return RunTimeout(
            f"agent {self.node.id} took longer than {self.policy.timeout:g} s",
            remedy="raise its timeout, or give it less",
        )
