"""The engine: carries many events at once through the plan of a workflow, in one asyncio loop.

An event is a `Flight`. Agents are stages with a queue each; whoever settles an agent's result for an event puts the
event into the queues of those agents that have waited for nothing else. Stages of plain functions empty their queues at
once, one after the other in the order of the plan, so that a hop costs about a microsecond; others begin coroutines.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.protocol import Incoming, Outgoing, Source, Target
from kodonb.kumeo.running.engine.forking import closures, fork, settled
from kodonb.kumeo.running.engine.holding import Holding
from kodonb.kumeo.running.engine.inbox import Inbox
from kodonb.kumeo.running.engine.lanes import Lanes
from kodonb.kumeo.running.engine.outbox import Outbox
from kodonb.kumeo.running.engine.stage import Stage
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.nothing import SKIPPED
from kodonb.kumeo.running.planning.plan import Exits, Node, Plan
from kodonb.kumeo.running.telling.alerting import Pulse

WINDOW: Final = 2000
"""Events that may be on their way at once, beside those that wait for people, and as many that wait for their key."""

_HOPS: Final = 8000  # of events that are taken in together, so that the loop is not kept from others for long


class Engine:
    """Carries events through a plan.

    Args:
        plan: The plan.
        targets: Its targets, opened, by number.
        rescue: Sees to an event that an agent has failed on.
        undertaker: Puts an event aside; returns when that is done.
        window: Events that may be on their way at once.
        lanes: Keeps the order of events that belong together; `None` if that does not matter.

    Attributes:
        stages: The agents at work, by number.
        flying: Events that are on their way.
        held: Those of them of which nothing is left but results to come that they are part of.
        finished: Events whose way has ended.
        dead: Those of them that were put aside.
        failure: What stops the engine.
        pulse: What became of events since they were told of last.
    """

    def __init__(  # noqa: PLR0917 - all of it is given by one place
        self,
        plan: Plan,
        targets: Sequence[Target],
        rescue: Callable[[Stage, Flight, Any, Exception, int], Coroutine[Any, Any, None]],
        undertaker: Callable[[Flight], Coroutine[Any, Any, None]],
        window: int = WINDOW,
        lanes: Lanes | None = None,
    ) -> None:
        self.plan = plan
        self.exits = Exits(plan.workflow.targets)
        self.stages: list[Stage] = []
        self.outboxes = [Outbox(target, self.begin, self._left, self.soon) for target in targets]
        self.inboxes: list[Inbox] = []
        self.flying = self.held = self.finished = self.dead = 0
        self.failure: BaseException | None = None
        self.pulse = Pulse()
        self.waits = [len(node.needs) for node in plan.nodes]
        self.nexts = _nexts(plan)
        self.closures = closures(self.nexts)
        self.holding = Holding(self)
        self._roots = [index for index in plan.order if not plan.nodes[index].needs]
        self._rescue = rescue
        self._undertaker = undertaker
        self._window = window
        self._lanes = lanes
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = False
        self._room = asyncio.Event()
        self._still = asyncio.Event()
        self._ordered: list[Stage] = []
        self._answers = False
        self._closed = False

    def staff(self, stages: Sequence[Stage]) -> None:
        """Take on the agents, by number."""
        self.stages = list(stages)
        self._ordered = [self.stages[index] for index in self.plan.order]

    # What comes in

    async def run(self, sources: Sequence[Source], limit: int = 0) -> None:
        """Carry events until all sources are at their end, or until so many came.

        Raises:
            BaseException: What stopped the engine.
        """
        self.inboxes = [Inbox(source, self.begin) for source in sources]
        self._answers = any(inbox.answering for inbox in self.inboxes)
        feeds = [asyncio.ensure_future(self._feed(number, limit)) for number in range(len(sources))]
        for feed in feeds:
            feed.add_done_callback(self._ended)
        try:
            await self._until(lambda: all(inbox.over for inbox in self.inboxes))
            await self.settle_all()
        finally:
            self._closed = True
            await _cancelled(feeds)
            while self._tasks:  # one that is cancelled may begin another: an event to be put aside, say
                await _cancelled(list(self._tasks))

    async def settle_all(self) -> None:
        """Let everything end that is on its way, and what was held for a result to come."""
        while True:
            await self._until(lambda: self.flying <= self.held)
            if not self.holding.release_all():
                break
        await self._until(lambda: not self.flying and not self._tasks and not self._woken)

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            if self.failure is not None:
                raise self.failure
            self._still.clear()
            await self._still.wait()
        if self.failure is not None:
            raise self.failure

    async def _feed(self, number: int, limit: int) -> None:
        inbox = self.inboxes[number]
        most = max(1, _HOPS // max(1, len(self.plan.nodes)))
        while not limit or inbox.taken < limit:
            while (room := self._free()) <= 0:
                self._room.clear()
                await self._room.wait()
            count = min(room, most, limit - inbox.taken if limit else room)
            batch = await inbox.source.pull(count)
            if not batch:
                break
            inbox.taken += len(batch)
            self.enter(batch, number)
            await asyncio.sleep(0)
        inbox.over = True
        self._still.set()

    def _free(self) -> int:
        parked = sum(stage.parked for stage in self.stages) + self.held
        if self._lanes is not None:  # one slow key must not keep the others out
            parked += min(self._lanes.count, self._window)
        return self._window - (self.flying - parked)

    def enter(self, batch: Sequence[Incoming], origin: int = 0) -> None:
        """Let messages begin their way."""
        now = time.perf_counter()
        answering = self._answers and self.inboxes[origin].answering
        for incoming in batch:
            flight = Flight(incoming.message, self.waits[:], now, incoming, origin)
            self.flying += 1
            if answering:
                flight.kept = []
            if incoming.fault:
                flight.owed = 0
                flight.blame("source", {"message": incoming.fault, "code": "KN823"})
                self._finish(flight)
            elif self._lanes is None or self._lanes.enter(flight):
                self._start(flight)
        self.work()

    def _start(self, flight: Flight) -> None:
        if not flight.owed:  # a workflow without agents hands its messages on
            flight.owed = 1
            for out in self.exits.to(""):
                self._send(flight, "", out.target, out.subject, flight.message.data)
            self._less(flight)
        for index in self._roots:
            self.stages[index].queue.append(flight)

    def launch(self, message: Message, index: int, value: Any, then: Callable[[], None]) -> None:
        """Let a result begin its way that no event has brought: what time has made.

        Args:
            message: What stands for the event.
            index: The agent whose result it is.
            value: The result.
            then: Called when everything of it has left.
        """
        flight = Flight(message, self.waits[:], time.perf_counter())
        flight.then = then
        self.flying += 1
        inside = self.closures[index]
        flight.owed = 2 + len(inside)
        for passed in set(range(len(self.plan.nodes))) - inside - {index}:
            flight.values[passed] = SKIPPED
            for other in self.nexts[passed]:
                flight.waits[other] -= other in inside
        self.stages[index].accept(flight, None, value)
        self._less(flight)
        self.soon()

    # What goes on

    def work(self) -> None:
        """Let every agent take on what waits for it, then send what has left and acknowledge what is done."""
        self._woken = False
        if self._closed:
            return
        for stage in self._ordered:
            if stage.queue or stage.turns:
                stage.work()
        for outbox in self.outboxes:
            if outbox.waiting:
                outbox.flush()
        for inbox in self.inboxes:
            if inbox.finished:
                inbox.flush()
        self._room.set()
        self._still.set()

    def soon(self) -> None:
        """Go on with what is ready, after what is going on now."""
        if not self._woken:
            self._woken = True
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - whoever waits for the engine is told; here nobody would hear
            self.fail(error)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start a coroutine; what it raises stops the engine."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[Any]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.fail(error)
        self._still.set()

    def fail(self, error: BaseException) -> None:
        """Stop the engine."""
        self.failure = self.failure or error
        self._still.set()
        self._room.set()

    def settle(self, flight: Flight, index: int, value: Any) -> None:
        """Take note of an agent's result, or that there is none."""
        flight.values[index] = value
        waits = flight.waits
        for other in self.nexts[index]:
            waits[other] -= 1
            if not waits[other]:
                self.stages[other].queue.append(flight)
        if flight.forks is not None:
            settled(self, flight, index, value)
        self._less(flight)

    def fork(self, flight: Flight, stage: Stage, values: tuple[Any, ...]) -> None:
        """Let each of several results go on by itself; those of windows do not belong to the event that ended them."""
        if stage.timed and flight.then is None:
            self.holding.ended(stage, flight, values)
        else:
            fork(self, flight, stage, values)
        self.soon()

    def hold(self, stage: Stage, flight: Flight) -> bool:
        """Keep an event that is part of a result to come."""
        return self.holding.hold(stage, flight)

    def trouble(self, stage: Stage, flight: Flight, inputs: Any, error: Exception, tries: int) -> None:
        """See to an event that an agent has failed on."""
        self.begin(self._rescue(stage, flight, inputs, error, tries))

    # What leaves

    def leave(self, flight: Flight, node: Node, value: Any, subjects: tuple[str, ...] | None) -> None:
        """Let a result leave: by the exits of its agent, or to the subjects that a router has named."""
        if subjects is None:
            for out in node.exits:
                self._send(flight, node.id, out.target, out.subject, value)
            return
        for subject in subjects:
            if subject not in self.plan.subjects:
                for out in self.exits.to(subject):
                    self._send(flight, node.id, out.target, out.subject, value)

    def _send(self, flight: Flight, agent: str, target: int, subject: str, value: Any) -> None:
        message = flight.message
        id_ = f"{message.id}|{flight.part}{agent}|{target}{subject and '.'}{subject}"
        flight.owed += 1
        if self._answers and (kept := flight.root.kept) is not None:
            kept.append(value)
        incoming = flight.incoming
        again = message.at.timestamp() if incoming is not None and incoming.again else 0.0
        outgoing = Outgoing(id_, message.trace, value, subject, message.key, again)
        self.outboxes[target].waiting.append((flight, outgoing))

    def _left(self, flight: Flight, outgoing: Outgoing, refused: str) -> None:
        if refused:
            flight.blame("target", {"message": refused, "code": "KN820", "subject": outgoing.subject})
        self._less(flight)

    def _less(self, flight: Flight) -> None:
        flight.owed -= 1
        if flight.owed <= flight.held:
            self._finish(flight)

    def less(self, flight: Flight, count: int) -> None:
        """Take note that so much less is to be done for an event."""
        flight.owed -= count
        if flight.owed <= flight.held:
            self._finish(flight)

    def _finish(self, flight: Flight) -> None:
        if flight.owed:
            self._set_aside(flight)
        elif flight.parent is not None:
            flight.parent.held -= flight.aside
            self._less(flight.parent)
        elif flight.faults:
            self.begin(self._bury(flight))
        else:
            self._over(flight)

    def _set_aside(self, flight: Flight) -> None:
        """Let those begin that wait for an event of which nothing is left but results to come that it is a part of."""
        if flight.aside:
            return
        flight.aside = True
        parent = flight.parent
        if parent is None:
            self.held += 1
            self._leave_lane(flight)
            self._still.set()
            return
        parent.held += 1
        if parent.owed <= parent.held:
            self._set_aside(parent)

    def _leave_lane(self, flight: Flight) -> None:
        if self._lanes is not None and (following := self._lanes.leave(flight)) is not None:
            self._start(following)
            self.soon()

    async def _bury(self, flight: Flight) -> None:
        await self._undertaker(flight)
        self.dead += 1
        self._over(flight)
        self.soon()

    def _over(self, flight: Flight) -> None:
        self.flying -= 1
        self.held -= flight.aside
        self.finished += 1
        self.pulse.take(time.perf_counter() - flight.began, dead=bool(flight.faults))
        if flight.incoming is not None:
            self.inboxes[flight.origin].finish(flight)
        elif flight.then is not None:
            flight.then()
        if not flight.aside:
            self._leave_lane(flight)


def _nexts(plan: Plan) -> list[tuple[int, ...]]:
    found: list[list[int]] = [[] for _ in plan.nodes]
    for node in plan.nodes:
        for need in node.needs:
            found[need].append(node.index)
    return [tuple(each) for each in found]


async def _cancelled(tasks: Sequence[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
