from __future__ import annotations

import asyncio
import json
import threading
import time

import pytest

from kodonb.flows import register
from kodonb.kumeo.running import WorkflowError, compiled, hops, recorded, run_agent, send
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.planning.planning import plan
from kodonb.model.errors import RunFailed
from tests.conftest import frozen, home, inline
from tests.kumeo.running.counting import connection, everything, publish, size, until_size

ORDERS = """
workflow Orders {
  source: NATS("orders")
  target: NATS("counted")
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["n"], features: ["even: n % 2 == 0"]}),
    DecisionMatrix(id: "check", input: clean.output, rules: [{name: "positive", condition: "n >= 0", error: "negative"}])
  ]
}
"""
REVIEW = ORDERS.replace(
    "  ]\n}",
    '  , HumanReview(id: "review", input: check.output, when: "n > 100", config: {ui: {title: "Large order"}})\n  ]\n}',
)

__all__ = ["frozen", "home", "inline"]


def eventually(holds, within=20.0):
    until = time.monotonic() + within
    while not (found := holds()):
        assert time.monotonic() < until
        time.sleep(0.02)
    return found


def test_a_workflow_is_a_flow_with_its_name_and_a_form(home):
    flow = compiled(ORDERS, author="sales")
    assert flow.name == "Orders" and flow.meta.author == "sales"
    assert flow.meta.summary == "NATS(orders) → 2 agents → NATS(counted)"
    assert register.find("Orders") is flow
    assert {"events", "out", "limit", "replay", "nats"} <= set(flow.schema["properties"])


def test_it_runs_over_events_that_it_is_given_without_any_server(inline, monkeypatch):
    monkeypatch.setenv("KODONB_NATS", "nats://127.0.0.1:1")
    run = compiled(ORDERS).submit(events=[{"n": 1}, {"n": -1}, {"n": 2}])
    result = run.result()
    assert result["values"] == [{"n": 1, "even": False}, {"n": 2, "even": True}]
    assert (result["events"], result["results"], result["dead"]) == (3, [2], 1)
    assert [run.value(event) for event in run.events(kind="result", follow=False)] == result["values"]
    assert any(event.payload["type"] == "DeadLetter" for event in run.events(kind="error", follow=False))


def test_it_runs_over_a_file_into_a_file(inline, tmp_path):
    (tmp_path / "in.jsonl").write_text("".join(f'{{"n": {n}}}\n' for n in range(2000)))
    run = compiled(ORDERS, folder=str(tmp_path)).submit(events="in.jsonl", out="out.jsonl")
    assert run.result()["results"] == [2000]
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(2000))


def test_the_text_is_part_of_the_code_that_runs(inline):
    one, two = compiled(ORDERS), compiled(ORDERS.replace("negative", "below zero"))
    first = one.submit(events=[{"n": 1}])
    second = two.submit(events=[{"n": 1}])
    first.result(), second.result()
    assert first.record.module != second.record.module
    assert "required_fields" in first.code() and "below zero" in second.code()
    again = compiled(ORDERS).submit(events=[{"n": 1}])
    again.result()
    assert again.record.module == first.record.module


def test_a_long_program_travels_too(inline):
    agents = ", ".join(
        f'DataProcessor(id: "a{n}", input: {"source" if not n else f"a{n - 1}.output"}, config: {{required_fields: ["n"]}})'
        for n in range(900)
    )
    text = f'workflow Long {{ source: NATS("in") target: NATS("out") agents: [ {agents} ] }}'
    assert len(text) > 65_536
    assert compiled(text).submit(events=[{"n": 1}]).result()["values"] == [{"n": 1}]


def test_each_error_of_the_program_has_its_own_remedy(home):
    wrong = ORDERS.replace("clean.output", "claen.output").replace(
        "workflow Orders {", "workflow Orders { sauce: 1,"
    )
    with pytest.raises(WorkflowError) as caught:
        compiled(wrong)
    assert caught.value.message.startswith("2 errors: E003 in line 2: ")
    assert "; E160 in line 7: `claen.output` means nothing here" in caught.value.message
    assert caught.value.remedy == "in line 2: did you mean `source`?; in line 7: did you mean `clean.output`?"


def test_of_many_errors_the_first_are_told_with_how_many_more_there_are(home):
    with pytest.raises(WorkflowError) as caught:
        compiled(" ".join(f"flow{n} X {{ }}" for n in range(9)))
    assert caught.value.message.startswith("9 errors: E002") and caught.value.message.endswith("; and 6 more")
    assert caught.value.message.count("E002") == 3 and caught.value.remedy.endswith("kodonb check shows all")


def test_a_run_can_be_retried(inline):
    run = compiled(ORDERS).submit(events=[{"n": 1}])
    assert run.result()["values"] == run.retry().result()["values"]


def test_errors_of_the_program_are_told_before_anything_starts(home):
    with pytest.raises(WorkflowError, match=r"E160 .*nobody") as caught:
        compiled(ORDERS.replace("clean.output", "nobody.output"))
    assert caught.value.code == "KN830" and "<text>:7" in caught.value.where
    with pytest.raises(WorkflowError, match="more than one"):
        compiled(ORDERS + ORDERS.replace("Orders", "Others"))
    assert compiled(ORDERS + ORDERS.replace("Orders", "Others"), "Others").name == "Others"
    with pytest.raises(WorkflowError, match="no workflow 'Orders2'"):
        compiled(ORDERS, "Orders2")


def test_an_agent_that_cannot_be_opened_ends_the_run_with_the_reason(inline):
    run = compiled(ORDERS.replace('condition: "n >= 0"', "condition: 5, what: 3")).submit(events=[{"n": 1}])
    with pytest.raises(RunFailed, match="positive"):
        run.result()


async def test_a_person_is_asked_while_other_events_go_on(nats_server, inline):
    flow = compiled(REVIEW)
    run = await asyncio.to_thread(flow.submit)
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": 1000}, *({"n": n} for n in range(50))])
        lock = await asyncio.to_thread(eventually, lambda: next(iter(run.locks()), None))
        assert "Large order" in lock.title
        await until_size(client, "counted", 0)
        await asyncio.to_thread(run.answer, lock.id, **answer_of(lock))
        await until_size(client, "counted", 1)
        assert (await everything(client, "counted"))[0].get("n", 1000) == 1000
    await asyncio.to_thread(run.cancel)
    assert run.status == "cancelled"


async def test_the_result_says_who_decided(inline):
    run = await asyncio.to_thread(compiled(REVIEW).submit, events=[{"n": 1000}])
    lock = await asyncio.to_thread(eventually, lambda: next(iter(run.locks()), None))
    await asyncio.to_thread(run.answer, lock.id, by="ada", **answer_of(lock))
    found = await asyncio.to_thread(run.result)
    assert found["values"][0]["review"]["by"] == ["ada"]


def answer_of(lock):
    """Return an answer that fits a question: yes, and nothing else that is not needed."""
    properties = lock.schema["properties"]
    needed = lock.schema.get("required", list(properties))
    values = {"boolean": True, "string": "approve", "number": 1, "integer": 1}
    return {
        name: properties[name].get("enum", [values.get(properties[name].get("type"), "approve")])[0]
        for name in needed
    }


async def test_a_run_that_is_cancelled_leaves_the_rest_for_the_next(nats_server, inline):
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": n} for n in range(3000)])
        flow = compiled(ORDERS)
        run = await asyncio.to_thread(flow.submit)
        await until_size(client, "counted", 100)
        await asyncio.to_thread(run.cancel)
        assert run.status == "cancelled"
        again = await asyncio.to_thread(run.retry)
        await until_size(client, "counted", 3000)
        await asyncio.to_thread(again.cancel)
        assert sorted(each["n"] for each in await everything(client, "counted")) == list(range(3000))


async def test_messages_are_taken_again_from_an_offset(nats_server, inline):
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": n} for n in range(10)])
        flow = compiled(ORDERS)
        assert (await asyncio.to_thread(lambda: flow.submit(limit=10).result()))["results"] == [10]
        assert (await asyncio.to_thread(lambda: flow.submit(limit=3, replay="8").result()))["results"] == [3]
        assert [each["n"] for each in await everything(client, "counted")] == [*range(10), 7, 8, 9]


async def test_dead_letters_go_to_a_subject_with_their_reason(nats_server, inline):
    async with connection(nats_server.url) as client:
        await publish(client, "orders", [{"n": 1}, {"n": -1}, {"m": 1}])
        result = await asyncio.to_thread(lambda: compiled(ORDERS).submit(limit=3).result())
        assert result["dead"] == 2
        letters = await everything(client, "Orders.dead")
    assert {letter["reasons"][0]["agent"] for letter in letters} == {"clean", "check"}
    assert {"n": -1} in [letter["data"] for letter in letters]


async def test_events_are_sent_to_the_source(nats_server, inline):
    async with connection(nats_server.url) as client:
        assert await asyncio.to_thread(send, ORDERS, [{"n": 1}, {"n": 2}]) == 2
        result = await asyncio.to_thread(lambda: compiled(ORDERS).submit(limit=2).result())
        assert result["results"] == [2]
        assert await size(client, "orders") == 2
    with pytest.raises(WorkflowError, match="from outside"):
        await asyncio.to_thread(send, ORDERS.replace('NATS("orders")', 'Timer("1s")'), [1])
    with pytest.raises(WorkflowError, match="many subjects"):
        await asyncio.to_thread(send, ORDERS.replace('"orders"', '"orders.*"'), [1])


def test_what_an_agent_was_given_and_made_of_it_is_seen_and_done_again(inline):
    run = compiled(ORDERS).submit(events=[{"n": n} for n in (1, -1, 3)])
    run.result()
    events = list(run.events(follow=False))
    told = hops(events, "clean", last=2)
    assert [each["input"] for each in told] == [{"n": -1}, {"n": 3}]
    value = recorded(events, "check", "Orders.events:1")
    assert value == {"n": -1, "even": False}
    trial = run_agent(ORDERS, "check", value)
    assert trial.state == "failed" and trial.error["details"] == [{"rule": "positive", "error": "negative"}]
    trial = run_agent(ORDERS, "clean", {"n": 4})
    assert trial.state == "finished" and trial.output == {"n": 4, "even": True} and trial.seconds < 1
    with pytest.raises(WorkflowError, match="did you mean `check`"):
        run_agent(ORDERS, "chek", {})
    with pytest.raises(WorkflowError, match="not event 'x'"):
        recorded(events, "check", "x")


async def test_copies_share_the_messages(nats_server, inline):
    text = ORDERS.replace("agents:", "deployment: {scaling: {min_replicas: 3, max_replicas: 3}} agents:")
    async with connection(nats_server.url) as client:
        run = await asyncio.to_thread(compiled(text).submit)
        await publish(client, "orders", [{"n": n} for n in range(5000)])
        await until_size(client, "counted", 5000)
        await asyncio.to_thread(run.cancel)
        assert sorted(each["n"] for each in await everything(client, "counted")) == list(range(5000))
    steps = {event.source for event in run.events(kind="agent", follow=False)}
    assert steps == {"flow", "replica#1", "replica#2"}
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("kumeo-")]


def test_the_plan_of_a_program_is_there_without_running_it():
    made = plan(checked(ORDERS))
    assert made.levels() == [["clean"], ["check"]] and made.edges() == [("clean", "check")]


def test_a_function_of_ones_own_is_an_agent_wherever_the_workflow_runs(inline):
    from kodonb.kumeo.agents import registry
    from kodonb.kumeo.agents.custom import agent

    @agent("Weather")
    def weather(inputs, *, city: str = "Santiago"):
        return {**inputs, "city": city}

    try:
        flow = compiled(
            'workflow W { source: NATS("in") target: NATS("out") agents: [ Weather(id: "w", input: source, city: "Lima") ] }'
        )
        registry.forget("Weather")  # as it is unknown in another process
        assert flow.submit(events=[{"n": 1}]).result()["values"] == [{"n": 1, "city": "Lima"}]
    finally:
        registry.forget("Weather")
