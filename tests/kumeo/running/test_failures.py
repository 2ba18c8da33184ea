from __future__ import annotations

import asyncio
import threading
import time

import pytest

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.running.errors import WorkflowError
from tests.kumeo.running.troupe import kind, perform, workflow


def failing(times, error=lambda: RuntimeError("no luck")):
    """Return a function that fails so often, for each event."""
    tries = {}

    def process(agent, inputs, message):
        tries[message.id] = tries.get(message.id, 0) + 1
        if tries[message.id] <= times:
            raise error()
        return {**inputs, "tries": tries[message.id]}

    return process


async def test_a_poisoned_event_is_put_aside_with_its_reason_and_the_others_go_on():
    def process(agent, inputs, message):
        return {"n": 10 / inputs["n"]}

    stage = await perform(
        workflow('Div(id: "d", input: source)'), [{"n": n} for n in (1, 0, 2)], kinds={"Div": kind(process)}
    )
    assert stage.values == [{"n": 10}, {"n": 5}]
    (letter,) = stage.dead.values
    assert letter["data"] == {"n": 0} and letter["event"] == "list:1" and letter["workflow"] == "W"
    assert letter["reasons"] == [
        {"agent": "d", "type": "ZeroDivisionError", "message": "division by zero", "tries": 1}
    ]
    assert sorted(stage.source.finished) == [0, 1, 2]
    assert stage.of("error", agent="d")[0]["input"] == {"n": 0}


async def test_agents_that_need_a_failed_one_do_not_run():
    ran = []

    def process(agent, inputs, message):
        ran.append(inputs)
        return inputs

    text = workflow(
        'Bad(id: "bad", input: source), Seen(id: "hard", input: {a: bad.output, b: source}),'
        'Seen(id: "soft", input: {a: "bad?.output ?? \'none\'", b: source})'
    )
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(9)), "Seen": kind(process)})
    assert ran == [{"a": "none", "b": {"n": 1}}]
    assert len(stage.dead.values) == 1


async def test_an_agent_is_tried_again_with_growing_pauses():
    text = workflow('Bad(id: "bad", input: source, retry: {attempts: 3, delay: "20ms"})')
    began = time.monotonic()
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(3))})
    assert stage.values == [{"n": 1, "tries": 4}]
    assert time.monotonic() - began >= 0.02 + 0.04 + 0.08
    assert not stage.dead.values


async def test_after_the_last_try_the_event_is_put_aside():
    text = workflow('Bad(id: "bad", input: source, retry: {attempts: 2, delay: 0})')
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(9))})
    assert stage.dead.values[0]["reasons"][0]["tries"] == 3


async def test_what_cannot_end_otherwise_is_not_tried_again():
    text = workflow('Bad(id: "bad", input: source, retry: {attempts: 5, delay: "1h"})')
    bad = failing(9, lambda: AgentError("wrong data", code="KN805", details=["n"]))
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(bad)})
    (reason,) = stage.dead.values[0]["reasons"]
    assert reason["tries"] == 1 and reason["code"] == "KN805" and reason["details"] == ["n"]


async def test_an_agent_may_say_how_long_to_wait():
    bad = failing(1, lambda: AgentError("busy", transient=True, after=0.05))
    began = time.monotonic()
    stage = await perform(
        workflow('Bad(id: "bad", input: source, retry: {attempts: 1, delay: 0})'),
        [{"n": 1}],
        kinds={"Bad": kind(bad)},
    )
    assert stage.values and time.monotonic() - began >= 0.05


async def test_another_agent_takes_over():
    text = workflow('Bad(id: "bad", input: source, fallback: "spare"), Good(id: "spare")')
    good = kind(lambda agent, inputs, message: {**inputs, "by": "spare"})
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(9)), "Good": good})
    assert stage.values == [{"n": 1, "by": "spare"}]
    assert not stage.hops("spare")


async def test_a_value_takes_over():
    text = workflow('Bad(id: "bad", input: source, fallback: {score: 0})')
    assert (await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(9))})).values == [{"score": 0}]


@pytest.mark.parametrize(
    ("action", "left", "dead"),
    [("quarantine", [], 1), ("reject", [], 0), ("log_and_continue", [{"n": 1}], 0)],
)
async def test_what_becomes_of_an_event_is_declared(action, left, dead):
    text = workflow(f'Bad(id: "bad", input: source, on_failure: {{action: "{action}", channel: "alarms"}})')
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(failing(9))})
    assert stage.values == left
    assert len(stage.dead.values) == dead
    assert stage.alarms[0][0] == "alarms" and stage.alarms[0][1]["error"]["message"] == "no luck"


async def test_going_on_without_an_agent_hands_its_input_to_the_next():
    text = workflow(
        'Bad(id: "bad", input: source, on_failure: "log_and_continue"), Same(id: "b", input: bad.output)'
    )
    kinds = {"Bad": kind(failing(9)), "Same": kind(lambda agent, inputs, message: {"got": inputs})}
    assert (await perform(text, [{"n": 1}], kinds=kinds)).values == [{"got": {"n": 1}}]


async def test_a_result_must_fit_its_schema():
    text = workflow('Same(id: "a", input: source, output_schema: {n: "integer"})')
    kinds = {"Same": kind(lambda agent, inputs, message: inputs)}
    stage = await perform(text, [{"n": 1}, {"n": "one"}, {"m": 1}], kinds=kinds)
    assert stage.values == [{"n": 1}]
    assert [letter["reasons"][0]["code"] for letter in stage.dead.values] == ["KN807", "KN807"]


async def test_an_agent_that_takes_too_long_has_failed():
    async def slow(agent, inputs, message):
        await asyncio.sleep(inputs["n"])
        return inputs

    text = workflow('Slow(id: "a", input: source, timeout: "50ms")')
    stage = await perform(text, [{"n": 5}, {"n": 0}], kinds={"Slow": kind(slow)})
    assert stage.values == [{"n": 0}]
    assert stage.dead.values[0]["reasons"][0]["code"] == "KN303"


async def test_a_function_that_is_slow_does_not_keep_the_others():
    threads = set()

    def slow(agent, inputs, message):
        threads.add(threading.current_thread().name)
        time.sleep(0.05)
        return inputs

    stage = await perform(
        workflow('Slow(id: "a", input: source)'),
        [{"n": n} for n in range(5)],
        kinds={"Slow": kind(slow)},
        window=1,
    )
    assert len(stage.values) == 5
    assert any(name.startswith("kumeo-a") for name in threads)


async def test_a_message_that_cannot_be_read_is_put_aside():
    from kodonb.kumeo.agents.protocol import Message
    from kodonb.kumeo.ports.memory import ListSource
    from kodonb.kumeo.ports.protocol import Incoming
    from tests.kumeo.running import troupe

    class Garbled(ListSource):
        def _incoming(self, number, value):
            return Incoming(
                Message(id=str(number), trace=str(number), data=value),
                number,
                "this is no JSON" if number == 1 else "",
            )

    troupe_source, troupe.ListSource = troupe.ListSource, Garbled
    try:
        stage = await perform(
            workflow('Same(id: "a", input: source)'), ["x", "{", "y"], kinds={"Same": kind(lambda a, i, m: i)}
        )
    finally:
        troupe.ListSource = troupe_source
    assert stage.values == ["x", "y"]
    assert stage.dead.values[0]["reasons"] == [
        {"agent": "source", "message": "this is no JSON", "code": "KN823"}
    ]


async def test_batches_are_made_of_what_waits_and_only_the_guilty_is_blamed():
    sizes = []

    async def many(agent, items):
        sizes.append(len(items))
        if any(inputs["n"] == 13 for inputs, _ in items):
            raise RuntimeError("unlucky")
        await asyncio.sleep(0.002)
        return [{"n": inputs["n"], "batch": True} for inputs, _ in items]

    text = workflow('Many(id: "a", input: source, batch_size: 16)')
    kinds = {"Many": kind(lambda agent, inputs, message: inputs, many=many)}
    stage = await perform(text, [{"n": n} for n in range(100)], kinds=kinds)
    assert len(stage.values) == 99 and all(value["batch"] for value in stage.values)
    assert max(sizes) == 16 and len(stage.dead.values) == 1


async def test_a_batch_may_hold_errors_in_the_place_of_results():
    async def many(agent, items):
        return [AgentError("odd") if inputs["n"] % 2 else inputs for inputs, _ in items]

    kinds = {"Many": kind(lambda agent, inputs, message: inputs, many=many)}
    stage = await perform(
        workflow('Many(id: "a", input: source)'), [{"n": n} for n in range(10)], kinds=kinds
    )
    assert [value["n"] for value in stage.values] == [0, 2, 4, 6, 8]
    assert len(stage.dead.values) == 5


async def test_equal_input_is_answered_from_the_cache_if_that_is_declared():
    calls = []

    async def costly(agent, inputs, message):
        calls.append(inputs)
        return {"of": inputs["n"]}

    text = workflow('Costly(id: "a", input: source, cache: "1h", concurrency: 1)')
    stage = await perform(text, [{"n": n % 3, "m": 1} for n in range(30)], kinds={"Costly": kind(costly)})
    assert len(stage.values) == 30 and len(calls) == 3


@pytest.mark.parametrize("type_", ["Same", "Later"])
async def test_a_condition_that_takes_too_long_is_to_blame_for_its_event_alone(type_):
    async def later(agent, inputs, message):
        return inputs

    kinds = {"Same": kind(lambda agent, inputs, message: inputs), "Later": kind(later)}
    text = workflow(f'{type_}(id: "a", input: source, when: "all(all(x in xs for x in xs) for y in xs)")')
    stage = await perform(text, [{"xs": [1]}, {"xs": list(range(1000))}, {"xs": [2]}], kinds=kinds)
    assert stage.values == [{"xs": [1]}, {"xs": [2]}]
    assert stage.dead.values[0]["reasons"][0]["code"] == "KN303"


async def test_a_malformed_policy_is_an_error_before_anything_runs():
    with pytest.raises(WorkflowError, match="teleport"):
        await perform(
            workflow('Same(id: "a", input: source, on_failure: "teleport")'),
            [],
            kinds={"Same": kind(lambda a, i, m: i)},
        )


async def test_agents_are_closed_at_the_end():
    closed = []
    good = kind(lambda agent, inputs, message: inputs, close=lambda agent: closed.append(agent.arguments.id))
    await perform(
        workflow('Good(id: "a", input: source), Good(id: "b", input: a.output)'), [{}], kinds={"Good": good}
    )
    assert sorted(closed) == ["a", "b"]


async def test_what_a_source_or_target_cannot_bear_ends_the_workflow():
    from kodonb.kumeo.ports.errors import PortError
    from tests.kumeo.running import troupe

    class Broken(troupe.ListTarget):
        async def send(self, batch):
            raise PortError("the disk is full")

    whole, troupe.ListTarget = troupe.ListTarget, Broken
    try:
        with pytest.raises(PortError, match="disk is full"):
            await perform(
                workflow('Same(id: "a", input: source)'), [{}], kinds={"Same": kind(lambda a, i, m: i)}
            )
    finally:
        troupe.ListTarget = whole
