"""Carries a workflow from its start to its end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from kodonb.flows.context import current
from kodonb.kumeo.agents.protocol import Context
from kodonb.kumeo.ports.protocol import Source, Target
from kodonb.kumeo.running.choosing import sections
from kodonb.kumeo.running.engine.engine import WINDOW, Engine
from kodonb.kumeo.running.engine.lanes import Lanes
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.planning.plan import Plan
from kodonb.kumeo.running.settings import filling
from kodonb.kumeo.running.staffing.burying import DeadLetters
from kodonb.kumeo.running.staffing.hiring import Kinds
from kodonb.kumeo.running.staffing.knowing import knowing
from kodonb.kumeo.running.staffing.rescuing import Rescue
from kodonb.kumeo.running.staffing.site import People
from kodonb.kumeo.running.staffing.staffing import Staff
from kodonb.kumeo.running.telling.alerting import Alerts
from kodonb.kumeo.running.telling.tally import bounded
from kodonb.kumeo.running.telling.telling import Telling


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a workflow.

    Attributes:
        workflow: Its name.
        events: Messages that came.
        results: Results that left, for each target.
        dead: Messages that were put aside.
        seconds: How long it took.
    """

    workflow: str
    events: int
    results: tuple[int, ...]
    dead: int
    seconds: float


class World(msgspec.Struct, kw_only=True):
    """What is around a workflow.

    Attributes:
        sources: Its sources, opened.
        targets: Its targets, opened, by number; at least one.
        dead: Where dead letters go; `None` for the event stream.
        alarm: Sends a value to a subject, for alerts and for what agents fail on; `None` if there is only the event
            stream.
        ordered: Whether messages with the same key keep their order.
    """

    sources: Sequence[Source]
    targets: Sequence[Target]
    dead: Target | None = None
    alarm: Callable[[str, Any], None] | None = None
    ordered: bool = False


@asynccontextmanager
async def started(
    plan: Plan,
    world: World,
    folder: Path,
    *,
    kinds: Kinds | None = None,
    window: int = WINDOW,
    emit: Callable[[str, Any], None] | None = None,
    environment: Mapping[str, str] | None = None,
    stands: bool = True,
) -> AsyncIterator[Engine]:
    """Open all agents of a plan, and give the engine that carries events through it.

    Args:
        plan: The plan.
        world: What is around it.
        folder: Folder of the program.
        kinds: Types of agents that are known beside those of the language.
        window: Events that may be on their way at once.
        emit: Takes events; those of the run by default.
        environment: Variables for settings; those of the process by default.
        stands: Whether what stands in for agents is opened too.

    Raises:
        KodonbError: An agent is declared wrongly, or cannot be opened.
    """
    telling = Telling(emit or current().emit)
    declared = sections(plan.workflow)
    fill = filling(os.environ if environment is None else environment, declared, folder)
    people = People()
    dead = DeadLetters(plan.name, world.dead, telling.emit)
    rescue = Rescue({}, _alarm(world, telling))
    engine = Engine(plan, world.targets, rescue, dead, window, Lanes() if world.ordered else None)
    async with AsyncExitStack() as stack:
        contexts: Mapping[str, Context] = {}
        staff = Staff(
            plan=plan, folder=folder, sections=fill_all(fill, declared), contexts=contexts, fill=fill,
            kinds=kinds or {}, crew=engine, telling=telling, people=people,
        )  # fmt: skip
        staff.contexts = await stack.enter_async_context(knowing(plan.contexts, staff.site))
        stack.push_async_callback(staff.close)
        engine.staff(await staff.hire())
        if stands:
            rescue.stands = await staff.stands()
        stack.callback(engine.holding.close)
        telling.emit(
            "agent",
            {
                "what": "started",
                "workflow": plan.name,
                "agents": [node.id for node in plan.nodes],
                "edges": plan.edges(),
            },
        )
        alerts = Alerts(plan.workflow.monitor, telling.emit, world.alarm)

        def watch(seconds: float) -> None:
            numbers = engine.pulse.drain(seconds, engine.flying)
            alerts.look(numbers, telling.tallies, seconds)
            for name, value in numbers.items():
                if value or name == "throughput":
                    telling.number(f"{plan.name}.{name}", value)

        ticking = asyncio.ensure_future(_tick(telling, watch))
        try:
            yield engine
        finally:
            ticking.cancel()
            telling.round(watch)


def fill_all(
    fill: Callable[[Any], Any], declared: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return sections with settings filled in."""
    return {name: {key: fill(value) for key, value in each.items()} for name, each in declared.items()}


async def carry(plan: Plan, world: World, folder: Path, *, limit: int = 0, **options: Any) -> Outcome:
    """Carry a workflow until its sources are at their end, or until so many messages came.

    Args:
        plan: The plan.
        world: What is around it.
        folder: Folder of the program.
        limit: Messages of each source at most; 0 for no limit.
        options: As for `started`.

    Raises:
        KodonbError: It cannot be started, or a source or target cannot go on.
    """
    async with started(plan, world, folder, **options) as engine:
        began = time.perf_counter()
        await engine.run(world.sources, limit)
        return Outcome(
            workflow=plan.name,
            events=sum(inbox.taken for inbox in engine.inboxes),
            results=tuple(outbox.sent for outbox in engine.outboxes),
            dead=engine.dead,
            seconds=time.perf_counter() - began,
        )


async def _tick(telling: Telling, watch: Callable[[float], None]) -> None:
    while True:
        await asyncio.sleep(telling.pause)
        telling.round(watch)


def _alarm(world: World, telling: Telling) -> Callable[[str, Flight, dict[str, Any]], None]:
    def alarm(channel: str, flight: Flight, error: dict[str, Any]) -> None:
        told = {"event": flight.message.trace, "error": error, "data": flight.message.data}
        if world.alarm is not None:
            world.alarm(channel, told)
        else:
            telling.say("action", {"channel": channel, **told, "data": bounded(told["data"])})

    return alarm
