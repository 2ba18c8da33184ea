"""Events that wait, are held, or are stopped on their way are neither lost nor doubled, and do not keep others."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kodonb.kumeo.agents.protocol import Several
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.memory import ListSource, ListTarget
from kodonb.kumeo.running.carrying import World, started
from tests.kumeo.running import troupe
from tests.kumeo.running.troupe import kind, perform, planned, workflow

SUM = 'Aggregator(id: "sum", input: {input}, method: {{total: "sum(n)", count: "count"}}, window: "{window}")'
SAME = kind(lambda agent, inputs, message: inputs)


async def later(agent, inputs, message):
    await asyncio.sleep(inputs.get("wait", 0.001))
    return inputs


async def test_a_window_holds_all_events_of_a_key_although_their_order_is_kept():
    text = workflow(SUM.format(input="source", window="1h"))
    stage = await perform(text, [{"k": "a", "n": n} for n in range(50)], partition="k")
    assert [(value["count"], value["total"]) for value in stage.values] == [(50, sum(range(50)))]
    assert sorted(stage.source.finished) == list(range(50))


async def test_parts_of_events_of_one_key_come_into_the_same_window():
    split = kind(lambda agent, inputs, message: Several(tuple({"n": n} for n in range(3))))
    text = workflow(f'Split(id: "split", input: source), {SUM.format(input="split.output", window="1h")}')
    stage = await perform(text, [{"k": "a"} for _ in range(20)], partition="k", kinds={"Split": split})
    assert [value["count"] for value in stage.values] == [60]
    assert sorted(stage.source.finished) == list(range(20))


async def test_an_event_that_is_held_keeps_its_key_as_long_as_something_else_of_it_is_on_its_way():
    text = workflow(f'{SUM.format(input="source", window="1h")}, Later(id: "later", input: source)')
    values = [{"k": "a", "n": n, "wait": 0.02 if n % 2 == 0 else 0} for n in range(10)]
    stage = await perform(text, values, partition="k", kinds={"Later": kind(later)})
    assert [value["n"] for value in stage.values if "n" in value] == list(range(10))
    assert [value["count"] for value in stage.values if "count" in value] == [10]


async def test_an_event_that_fails_elsewhere_is_put_aside_once_and_still_counts_in_its_window():
    def bad(agent, inputs, message):
        if inputs["n"] == 3:
            raise RuntimeError("no luck")
        return inputs

    text = workflow(f'{SUM.format(input="source", window="1h")}, Bad(id: "bad", input: source)')
    stage = await perform(
        text, [{"k": "a", "n": n} for n in range(6)], partition="k", kinds={"Bad": kind(bad)}
    )
    assert [value["count"] for value in stage.values if "count" in value] == [6]
    assert [letter["data"]["n"] for letter in stage.dead.values] == [3]
    assert sorted(stage.source.finished) == list(range(6)) and stage.engine.flying == 0


async def test_a_slow_key_does_not_keep_the_others_although_the_window_is_full():
    text = workflow('Later(id: "a", input: source)')
    values = [*({"k": "slow", "n": n, "wait": 0.02} for n in range(30)), {"k": "fast", "n": 0}]
    stage = await perform(text, values, partition="k", kinds={"Later": kind(later)}, window=20)
    keys = [value["k"] for value in stage.values]
    assert keys.index("fast") < 10 and len(keys) == 31
    assert [value["n"] for value in stage.values if value["k"] == "slow"] == list(range(30))


async def test_a_thousand_events_wait_for_people_while_others_pass():
    opened = asyncio.Event()

    class Person(kind(later)):
        async def open(self, site):
            async def process(inputs, message):
                if inputs["n"] < 1000:
                    site._parked(1)
                    try:
                        await opened.wait()
                    finally:
                        site._parked(-1)
                return inputs

            self.process = process

    def last(agent, inputs, message):
        if inputs["n"] == 2999:
            opened.set()
        return inputs

    text = workflow('Person(id: "a", input: source), Last(id: "b", input: a.output)')
    values = [{"n": n} for n in range(3000)]
    stage = await perform(text, values, kinds={"Person": Person, "Last": kind(last)}, window=50)
    came = [value["n"] for value in stage.values]
    assert sorted(came) == list(range(3000))
    assert min(came[:2000]) >= 1000


class Slowly(ListTarget):
    """Takes a moment for each batch, and says when it has some hundred results."""

    parallel = 3

    def __init__(self):
        super().__init__()
        self.has_some = asyncio.Event()

    async def send(self, batch):
        await asyncio.sleep(0.002)
        refused = await super().send(batch)
        if len(self.results) > 300:
            self.has_some.set()
        return refused


class Breaking(Slowly):
    """Has no room for more than a few."""

    async def send(self, batch):
        if len(self.results) > 200:
            raise PortError("the disk is full")
        return await super().send(batch)


async def carried(target, source, stop=None):
    """Carry events until they are at an end, or somebody stops it; return what was acknowledged."""
    world = World(sources=[source], targets=[target], dead=ListTarget())
    kinds = {"Later": kind(later), "Same": SAME}
    text = workflow('Later(id: "a", input: source), Same(id: "b", input: a.output)')
    async with started(planned(text), world, Path(), kinds=kinds, emit=lambda *_: None, window=100) as engine:
        running = asyncio.ensure_future(engine.run(world.sources))
        if stop is not None:
            await stop()
            running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        left = [task for task in asyncio.all_tasks() if "Engine" in repr(task) or "Outbox" in repr(task)]
        assert not left
        return running


async def test_what_is_acknowledged_when_a_workflow_is_cancelled_has_left_and_the_rest_is_given_again():
    target, source = Slowly(), ListSource([{"n": n} for n in range(3000)])

    running = await carried(target, source, target.has_some.wait)
    assert running.cancelled()
    assert 0 < len(source.finished) < 3000
    assert set(source.finished) <= {each.data["n"] for each in target.results}
    again = ListSource([{"n": n} for n in range(3000)])
    await carried(target, again)
    assert sorted(each.data["n"] for each in target.results) == list(range(3000))


async def test_what_is_acknowledged_when_a_target_breaks_has_left():
    target, source = Breaking(), ListSource([{"n": n} for n in range(3000)])
    running = await carried(target, source)
    with pytest.raises(PortError, match="disk is full"):
        running.result()
    assert set(source.finished) <= {each.data["n"] for each in target.results}
    assert len(source.finished) < 3000


async def test_results_that_a_target_refuses_are_put_aside_and_the_events_are_done_once():
    class Refusing(ListTarget):
        async def send(self, batch):
            if batch and "reasons" in batch[0].data:
                return await super().send(batch)
            await super().send([each for each in batch if each.data["n"] % 2])
            return ["" if each.data["n"] % 2 else "odd ones only" for each in batch]

    whole, troupe.ListTarget = troupe.ListTarget, Refusing
    try:
        stage = await perform(
            workflow('Same(id: "a", input: source)'), [{"n": n} for n in range(9)], kinds={"Same": SAME}
        )
    finally:
        troupe.ListTarget = whole
    assert [value["n"] for value in stage.values] == [1, 3, 5, 7]
    assert [letter["data"]["n"] for letter in stage.dead.values] == [0, 2, 4, 6, 8]
    assert sorted(stage.source.finished) == list(range(9))
