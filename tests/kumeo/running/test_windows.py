from __future__ import annotations

import asyncio
import time

from kodonb.kumeo.ports.memory import ListSource
from tests.kumeo.running.troupe import kind, perform, workflow

SUM = 'Aggregator(id: "sum", input: source, method: {total: "sum(n)", count: "count"}, window: "200ms")'


class Slowly(ListSource):
    """Gives a value every few milliseconds."""

    async def pull(self, most):
        await asyncio.sleep(0.01)
        return await super().pull(1)


async def test_the_results_of_windows_leave_when_their_time_has_come(monkeypatch):
    from tests.kumeo.running import troupe

    monkeypatch.setattr(troupe, "ListSource", Slowly)
    began = time.monotonic()
    stage = await perform(workflow(SUM), [{"n": n} for n in range(60)])
    assert sum(value["count"] for value in stage.values) == 60
    assert sum(value["total"] for value in stage.values) == sum(range(60))
    assert 2 <= len(stage.values) <= 2 + (time.monotonic() - began) / 0.2
    assert sorted(stage.source.finished) == list(range(60))


async def test_events_of_a_window_are_not_done_before_its_result_has_left(monkeypatch):
    from tests.kumeo.running import troupe

    monkeypatch.setattr(troupe, "ListSource", Slowly)
    done_when = []

    async def slow(agent, inputs, message):
        done_when.append(len(source[0].finished))
        await asyncio.sleep(0.05)
        done_when.append(len(source[0].finished))
        return inputs

    source = []

    class Watched(Slowly):
        async def open(self):
            source.append(self)

        def __init__(self, *arguments, **options):
            super().__init__(*arguments, **options)
            source.append(self)

    monkeypatch.setattr(troupe, "ListSource", Watched)
    text = workflow(f'{SUM}, Slow(id: "slow", input: sum.output)')
    stage = await perform(text, [{"n": n} for n in range(10)], kinds={"Slow": kind(slow)})
    assert sum(value["count"] for value in stage.values) == 10
    assert done_when[:2] == [0, 0]
    assert len(source[0].finished) == 10


async def test_what_is_left_in_a_window_leaves_at_the_end():
    stage = await perform(workflow(SUM.replace("200ms", "1h")), [{"n": n} for n in range(5)])
    assert stage.values == [{"total": 10, "count": 5}] or stage.values[0]["total"] == 10
    assert sorted(stage.source.finished) == list(range(5))


async def test_windows_of_so_many_messages():
    stage = await perform(workflow(SUM.replace('"200ms"', "4")), [{"n": 1} for _ in range(10)])
    assert [value["count"] for value in stage.values] == [4, 4, 2]
