"""New tries, limits and stand-ins: what is declared of an agent holds on all ways."""

from __future__ import annotations

import asyncio
import time
from contextvars import ContextVar
from typing import ClassVar

import pytest

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.running.engine.policy import policy
from kodonb.kumeo.running.errors import WorkflowError
from tests.kumeo.agents.servers import Said, serving
from tests.kumeo.running import troupe
from tests.kumeo.running.troupe import kind, perform, workflow

SAME = kind(lambda agent, inputs, message: inputs)


def raising(agent, inputs, message):
    raise RuntimeError("no luck")


async def test_new_tries_keep_to_the_number_that_may_be_at_once():
    active = most = 0
    seen = set()

    async def busy(agent, inputs, message):
        nonlocal active, most
        active += 1
        most = max(most, active)
        await asyncio.sleep(0.005)
        active -= 1
        if message.id not in seen:
            seen.add(message.id)
            raise AgentError("busy", transient=True)
        return inputs

    text = workflow('Busy(id: "a", input: source, concurrency: 2, retry: {attempts: 1, delay: "20ms"})')
    stage = await perform(text, [{"n": n} for n in range(20)], kinds={"Busy": kind(busy)})
    assert len(stage.values) == 20 and most == 2


async def test_events_of_a_batch_that_failed_are_tried_one_by_one_but_not_all_at_once():
    active = most = 0

    async def many(agent, items):
        nonlocal active, most
        if len(items) > 1:
            raise RuntimeError("too many")
        active += 1
        most = max(most, active)
        await asyncio.sleep(0.001)
        active -= 1
        return [inputs for inputs, _ in items]

    kinds = {"Many": kind(lambda agent, inputs, message: inputs, many=many)}
    text = workflow('Many(id: "a", input: source, concurrency: 3, batch_size: 50)')
    stage = await perform(text, [{"n": n} for n in range(50)], kinds=kinds)
    assert len(stage.values) == 50 and most <= 3


async def test_a_language_model_is_left_alone_for_as_long_as_its_server_says():
    class Limited(Said):
        answers = [
            (429, "text/plain", ["slow down"], ("Retry-After", "1")),
            (200, "application/x-ndjson", ['{"message": {"content": "four"}, "done": true}\n']),
        ]

    with serving(Limited) as (url, seen):
        text = workflow(
            f'LLM(id: "a", engine: "ollama/m", base_url: "{url}", prompt: "2+2", input: source, retry: {{attempts: 1, delay: 0}})'
        )
        began = time.monotonic()
        stage = await perform(text, [{"n": 1}])
    assert stage.values == ["four"] and len(seen) == 2
    assert 1 <= time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("retry", "pauses"),
    [
        ({"attempts": 3, "delay": "1s"}, [1, 2, 4]),
        ({"attempts": 3, "delay": "1s", "backoff": "exponential", "max_delay": "3s"}, [1, 2, 3]),
        ({"max_attempts": 3, "initial_delay": 2, "backoff": "linear"}, [2, 4, 6]),
        ({"max_retries": 3, "delay": "2s", "backoff": "fixed"}, [2, 2, 2]),
        ({"attempts": 3, "backoff": "5s"}, [5, 10, 20]),
        (True, [1, 2, 4]),
        ("3", [1, 2, 4]),
    ],
)
def test_the_pauses_between_tries_grow_as_declared(retry, pauses):
    said = policy("a", {"retry": retry})
    assert said.tries == 4
    assert [said.pause(tries, RuntimeError()) for tries in (1, 2, 3)] == pauses


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"retry": {"tries": 3}}, "`retry` knows no `tries`"),
        ({"retry": {"attempts": "many"}}, "'many' is not a whole number"),
        ({"retry": 1.5}, "1.5 is not a whole number"),
        ({"retry": {"delay": "soon"}}, "soon"),
        ({"retry": ["x"]}, "`retry` cannot be"),
        ({"on_failure": {"acton": "reject"}}, "did you mean `action`"),
        ({"on_failure": 5}, "`on_failure` cannot be 5"),
        ({"concurrency": -1}, "-1 is not a whole number"),
    ],
)
def test_what_a_policy_does_not_know_is_an_error_and_not_ignored(arguments, told):
    with pytest.raises(WorkflowError, match=told) as caught:
        policy("a", arguments)
    assert caught.value.where == "agent a"


async def test_an_event_whose_condition_cannot_be_evaluated_is_not_given_to_the_agent_at_a_new_try():
    given = []
    text = workflow(
        'Same(id: "a", input: source, retry: {attempts: 2, delay: 0}, when: "all(all(x in xs for x in xs) for y in xs)")'
    )
    same = kind(lambda agent, inputs, message: given.append(inputs))
    stage = await perform(text, [{"xs": list(range(600))}], kinds={"Same": same})
    assert not given and stage.dead.values[0]["reasons"][0]["code"] == "KN303"


async def test_an_input_must_fit_its_schema():
    tries = []

    def same(agent, inputs, message):
        tries.append(inputs)
        return inputs

    text = workflow(
        'Same(id: "a", input: source, input_schema: {n: "integer"}, retry: {attempts: 5, delay: "1h"})'
    )
    stage = await perform(text, [{"n": 1}, {"n": "one"}, {}], kinds={"Same": kind(same)})
    assert stage.values == [{"n": 1}] and tries == [{"n": 1}]
    assert [letter["reasons"][0]["code"] for letter in stage.dead.values] == ["KN805", "KN805"]


async def test_a_schema_may_be_a_list_of_names():
    text = workflow('Same(id: "a", input: source, output_schema: ["n", "m"])')
    stage = await perform(text, [{"n": 1, "m": 2}, {"n": 1}], kinds={"Same": SAME})
    assert stage.values == [{"n": 1, "m": 2}] and len(stage.dead.values) == 1


async def test_a_type_that_a_schema_does_not_know_is_told_before_anything_runs():
    with pytest.raises(AgentError, match="no type `intger`"):
        await perform(
            workflow('Same(id: "a", input: source, output_schema: {n: "intger"})'), [], kinds={"Same": SAME}
        )


async def test_a_function_that_hangs_costs_its_own_event_and_no_other():
    def hanging(agent, inputs, message):
        time.sleep(inputs["n"])
        return inputs

    text = workflow('Hang(id: "a", input: source, timeout: "150ms")')
    values = [{"n": n} for n in (1.5, 0, 0.01, 1.5, 0, 0)]
    began = time.monotonic()
    stage = await perform(text, values, kinds={"Hang": kind(hanging)})
    assert [value["n"] for value in stage.values] == [0, 0.01, 0, 0]
    assert len(stage.dead.values) == 2
    assert time.monotonic() - began < 1.4


async def test_so_many_calls_of_a_slow_function_run_at_once_as_are_declared():
    def slow(agent, inputs, message):
        time.sleep(0.1)
        return inputs

    began = time.monotonic()
    text = workflow('Slow(id: "a", input: source, concurrency: 10)')
    stage = await perform(text, [{"n": n} for n in range(20)], kinds={"Slow": kind(slow)})
    assert len(stage.values) == 20 and time.monotonic() - began < 1


async def test_a_slow_function_sees_the_run_that_it_is_part_of():
    seen, here = [], ContextVar("here", default="nowhere")
    here.set("the run")

    def slow(agent, inputs, message):
        seen.append(here.get())
        time.sleep(0.03)
        return inputs

    await perform(
        workflow('Slow(id: "a", input: source)'), [{}, {}, {}], kinds={"Slow": kind(slow)}, window=1
    )
    assert seen == ["the run"] * 3


async def test_what_a_slow_function_raises_is_told_whatever_it_is():
    def stop(agent, inputs, message):
        raise StopIteration

    stage = await perform(
        workflow('Stop(id: "a", input: source, timeout: "1s")'), [{}], kinds={"Stop": kind(stop)}
    )
    assert "StopIteration" in stage.dead.values[0]["reasons"][0]["message"]


async def test_a_stand_in_has_its_own_time_tries_schema_and_stand_in():
    tries = []

    async def late(agent, inputs, message):
        tries.append(1)
        await asyncio.sleep(5)

    text = workflow(
        'Bad(id: "bad", input: source, fallback: "late"),'
        'Late(id: "late", timeout: "30ms", retry: {attempts: 1, delay: 0}, fallback: "last"),'
        'Same(id: "last", output_schema: {n: "integer"}, fallback: {n: 0})'
    )
    kinds = {"Bad": kind(raising), "Late": kind(late), "Same": SAME}
    stage = await perform(text, [{"n": "one"}], kinds=kinds)
    assert stage.values == [{"n": 0}] and len(tries) == 2


async def test_agents_that_stand_in_for_each_other_are_an_error():
    text = workflow(
        'Bad(id: "a", input: source, fallback: "b"), Bad(id: "b", fallback: "c"), Bad(id: "c", fallback: "b")'
    )
    with pytest.raises(WorkflowError, match="a → b → c → b"):
        await perform(text, [], kinds={"Bad": kind(raising)})


async def test_that_something_stood_in_is_told_and_counted():
    text = workflow('Bad(id: "bad", input: source, fallback: {n: 0})')
    stage = await perform(text, [{"n": 1}], kinds={"Bad": kind(raising)})
    (told,) = stage.of("error", agent="bad")
    assert told["action"] == "fallback" and told["message"] == "no luck" and told["input"] == {"n": 1}
    assert {"name": "bad.errors", "value": 1.0, "step": None} in stage.of("metric")
    assert not stage.dead.values


async def test_batches_wait_for_others_as_long_as_is_declared(monkeypatch):
    sizes = []

    async def many(agent, items):
        sizes.append(len(items))
        return [inputs for inputs, _ in items]

    class Slowly(troupe.ListSource):
        async def pull(self, most):
            await asyncio.sleep(0.002)
            return await super().pull(1)

    monkeypatch.setattr(troupe, "ListSource", Slowly)
    kinds = {"Many": kind(lambda agent, inputs, message: inputs, many=many)}
    text = workflow('Many(id: "a", input: source, batch_size: 4, batch_wait: "300ms")')
    stage = await perform(text, [{"n": n} for n in range(10)], kinds=kinds)
    assert len(stage.values) == 10 and sizes == [4, 4, 2]
    sizes.clear()
    await perform(
        workflow('Many(id: "a", input: source, batch_size: 4)'), [{"n": n} for n in range(10)], kinds=kinds
    )
    assert max(sizes) < 4


async def test_sizes_of_batches_for_an_agent_that_takes_none_are_told():
    stage = await perform(workflow('Same(id: "a", input: source, batch_size: 4)'), [{}], kinds={"Same": SAME})
    assert "`batch_size` of a means nothing" in stage.of("log", level="WARNING")[0]["message"]


async def test_an_agent_that_sees_to_its_time_itself_is_not_interrupted():
    class Patient(troupe.Anything):
        own: ClassVar = frozenset({"timeout"})

    async def later(agent, inputs, message):
        await asyncio.sleep(0.1)
        return inputs

    patient = kind(later)
    patient.parameters = Patient
    text = workflow('Later(id: "a", input: source, timeout: "10ms")')
    assert (await perform(text, [{"n": 1}], kinds={"Later": patient})).values == [{"n": 1}]
    assert not (await perform(text, [{"n": 1}], kinds={"Later": kind(later)})).values


async def test_a_value_that_is_no_json_is_not_cached_and_harms_nobody():
    async def many(agent, items):
        return [{"of": 1} for _ in items]

    kinds = {
        "Odd": kind(lambda agent, inputs, message: {"x": object()}),
        "Same": SAME,
        "Many": kind(lambda agent, inputs, message: inputs, many=many),
    }
    for agent in ("Same", "Many"):
        text = workflow(f'Odd(id: "odd", input: source), {agent}(id: "a", input: odd.output, cache: true)')
        stage = await perform(text, [{"n": 1}, {"n": 2}], kinds=kinds)
        assert len(stage.values) == 2 and not stage.dead.values


async def test_a_plain_function_may_return_what_has_to_be_awaited():
    async def later(inputs):
        await asyncio.sleep(0.01)
        return inputs

    text = workflow('Plain(id: "a", input: source), Same(id: "b", input: a.output)')
    plain = kind(lambda agent, inputs, message: later(inputs))
    stage = await perform(text, [{"n": 1}, {"n": 2}], kinds={"Plain": plain, "Same": SAME})
    assert stage.values == [{"n": 1}, {"n": 2}]
