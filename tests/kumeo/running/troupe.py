"""Small agents, and a way to run a workflow of them without anything around it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pydantic

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.ports.memory import ListSource, ListTarget
from kodonb.kumeo.ports.reading import Reading
from kodonb.kumeo.running.carrying import World, started
from kodonb.kumeo.running.planning.planning import plan


class Anything(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")


def kind(process, *, many=None, close=None):
    """Return a type of agents that does what a function does: it is given the arguments, the input and the message."""

    class Agent:
        parameters = Anything

        def __init__(self, arguments):
            self.arguments = arguments

        async def open(self, site):
            self.site = site
            if asyncio.iscoroutinefunction(process):

                async def awaited(inputs, message):
                    return await process(self, inputs, message)

                self.process = awaited
            else:
                self.process = lambda inputs, message: process(self, inputs, message)

        async def close(self):
            if close is not None:
                close(self)

    if many is not None:

        async def process_many(self, items):
            return await many(self, items)

        Agent.process_many = process_many
    return Agent


def planned(text, name=""):
    """Return the plan of a workflow; its text must have no errors."""
    found = check(text)
    assert found.ok, [f"{one.code} {one.message}" for one in found.errors]
    return plan(found.program, name)


class Stage:
    """What a workflow was given, and what became of it."""

    def __init__(self):
        self.events = []
        self.targets = [ListTarget()]
        self.dead = ListTarget()
        self.source = None
        self.engine = None

    @property
    def values(self):
        return self.targets[0].values

    def of(self, kind, **fields):
        """Return payloads of events of a kind that have these fields."""
        found = [payload for each, payload in self.events if each == kind]
        return [each for each in found if all(each.get(name) == value for name, value in fields.items())]

    def hops(self, agent):
        return self.of("agent", what="hop", agent=agent)


async def perform(
    text, values, *, kinds=None, partition="", targets=1, limit=0, folder=".", name="", **options
):
    """Run a workflow over values; return what became of it."""
    stage = Stage()
    stage.targets = [ListTarget() for _ in range(targets)]
    stage.source = ListSource(values, reading=Reading({"partition": partition} if partition else {}))
    alarms = []
    world = World(
        sources=[stage.source],
        targets=stage.targets,
        dead=stage.dead,
        ordered=bool(partition),
        alarm=lambda subject, value: alarms.append((subject, value)),
    )

    def emit(kind, payload):
        stage.events.append((kind, payload))

    async with started(
        planned(text, name), world, Path(folder), kinds=kinds or {}, emit=emit, **options
    ) as engine:
        stage.engine = engine
        await asyncio.wait_for(engine.run(world.sources, limit), 30)
    stage.alarms = alarms
    return stage


def workflow(agents, more=""):
    return f'workflow W {{ source: NATS("in") target: NATS("out") {more} agents: [ {agents} ] }}'
