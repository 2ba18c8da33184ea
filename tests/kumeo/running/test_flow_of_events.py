from __future__ import annotations

import asyncio

import pytest

from kodonb.kumeo.agents.protocol import Dropped, Routed, Several
from kodonb.kumeo.running.errors import WorkflowError
from tests.kumeo.running.troupe import kind, perform, planned, workflow


def plus(agent, inputs, message):
    return {**inputs, "n": inputs["n"] + getattr(agent.arguments, "by", 1)}


async def later(agent, inputs, message):
    await asyncio.sleep(0.001)
    return {**inputs, "later": True}


KINDS = {
    "Plus": kind(plus),
    "Later": kind(later),
    "Same": kind(lambda agent, inputs, message: inputs),
    "Odd": kind(lambda agent, inputs, message: inputs if inputs["n"] % 2 else Dropped("even")),
    "Split": kind(lambda agent, inputs, message: Several(tuple({"part": n} for n in range(inputs["n"])))),
    "Switch": kind(lambda agent, inputs, message: Routed((agent.arguments.to,), inputs)),
}


async def test_events_pass_through_a_chain_in_order():
    text = workflow('Plus(id: "a", input: source), Plus(id: "b", input: a.output, by: 10)')
    stage = await perform(text, [{"n": n} for n in range(100)], kinds=KINDS)
    assert stage.values == [{"n": n + 11} for n in range(100)]
    assert sorted(stage.source.finished) == list(range(100))


async def test_the_order_of_agents_in_the_text_does_not_matter():
    text = workflow('Plus(id: "b", input: a.output, by: 10), Plus(id: "a", input: source)')
    assert (await perform(text, [{"n": 0}], kinds=KINDS)).values == [{"n": 11}]
    assert planned(text).levels() == [["a"], ["b"]]


async def test_an_agent_with_several_inputs_waits_for_all_of_them():
    text = workflow(
        'Plus(id: "a", input: source), Later(id: "b", input: source),'
        'Same(id: "join", input: {one: a.output, two: b.output, raw: source, deep: "a.output.n"})'
    )
    stage = await perform(text, [{"n": 1}], kinds=KINDS)
    assert stage.values == [{"one": {"n": 2}, "two": {"n": 1, "later": True}, "raw": {"n": 1}, "deep": 2}]


async def test_a_list_of_inputs_comes_under_the_names_of_the_agents():
    text = workflow(
        'Plus(id: "a", input: source), Plus(id: "b", input: source, by: 5),'
        'Same(id: "join", input: [a.output, b.output])'
    )
    assert (await perform(text, [{"n": 1}], kinds=KINDS)).values == [{"a": {"n": 2}, "b": {"n": 6}}]


async def test_an_agent_whose_condition_does_not_hold_is_passed_over():
    text = workflow('Plus(id: "a", input: source, when: "n > 5"), Same(id: "b", input: a.output)')
    stage = await perform(text, [{"n": n} for n in range(10)], kinds=KINDS)
    assert [value["n"] for value in stage.values] == [7, 8, 9, 10]
    assert len(stage.source.finished) == 10


async def test_what_is_missing_is_taken_from_elsewhere():
    text = workflow(
        'Plus(id: "a", input: source, when: "n > 5"),'
        'Same(id: "b", input: {n: "a.output.n ?? source.n", word: "a.output?.word ?? \'none\'"})'
    )
    stage = await perform(text, [{"n": 1}, {"n": 6}], kinds=KINDS)
    assert stage.values == [{"n": 1, "word": "none"}, {"n": 7, "word": "none"}]


async def test_a_dropped_event_goes_no_further_and_is_done():
    text = workflow('Odd(id: "odd", input: source), Plus(id: "a", input: {n: "odd.output.n", raw: source})')
    stage = await perform(text, [{"n": n} for n in range(4)], kinds=KINDS)
    assert [value["n"] for value in stage.values] == [2, 4]
    assert sorted(stage.source.finished) == [0, 1, 2, 3]


async def test_each_of_several_results_goes_on_by_itself():
    text = workflow(
        'Split(id: "split", input: source), Later(id: "side", input: source),'
        'Same(id: "join", input: {part: "split.output.part", side: "side.output.later"})'
    )
    stage = await perform(text, [{"n": 3}, {"n": 0}, {"n": 2}], kinds=KINDS)
    assert sorted((each.trace, each.data["part"]) for each in stage.targets[0].results) == [
        ("list:0", 0), ("list:0", 1), ("list:0", 2), ("list:2", 0), ("list:2", 1),
    ]  # fmt: skip
    assert all(value["side"] is True for value in stage.values)
    assert len({each.id for each in stage.targets[0].results}) == 5
    assert len(stage.source.finished) == 3


async def test_two_forks_that_meet_leave_nothing_hanging():
    text = workflow(
        'Split(id: "x", input: source), Split(id: "y", input: source), Same(id: "join", input: {x: x.output, y: y.output})'
    )
    stage = await perform(text, [{"n": 2}], kinds=KINDS)
    assert len(stage.values) == 2
    assert len(stage.source.finished) == 1


async def test_a_stream_that_several_agents_publish_brings_every_result():
    text = workflow(
        'Plus(id: "a", input: source, output: "s", when: "n > 1"), Plus(id: "b", input: source, output: "s", by: 100),'
        'Same(id: "c", input: "s")'
    )
    stage = await perform(text, [{"n": 1}, {"n": 2}], kinds=KINDS)
    assert sorted(value["n"] for value in stage.values) == [3, 101, 102]


async def test_a_part_of_a_stream_is_read_by_its_path():
    text = workflow('Same(id: "a", input: source, output: "s"), Same(id: "b", input: "s/x/y")')
    assert (await perform(text, [{"x": {"y": {"z": 1}}}], kinds=KINDS)).values == [{"z": 1}]


async def test_preprocessors_follow_each_other_and_come_before_the_agents():
    text = workflow(
        'Same(id: "c", input: {pre: preprocessors.output, raw: source}), Plus(id: "d", input: source)',
        more='preprocessors: [ Plus(id: "p1"), Plus(id: "p2", by: 10) ]',
    )
    stage = await perform(text, [{"n": 0}], kinds=KINDS)
    assert {"pre": {"n": 11}, "raw": {"n": 0}} in stage.values
    assert planned(text).levels() == [["p1"], ["p2"], ["c", "d"]]


async def test_an_event_that_a_preprocessor_drops_comes_to_no_agent():
    text = workflow('Plus(id: "d", input: source)', more='preprocessors: [ Odd(id: "p") ]')
    stage = await perform(text, [{"n": 0}, {"n": 1}], kinds=KINDS)
    assert stage.values == [{"n": 2}]


async def test_an_agent_without_input_reads_the_event_or_the_preprocessors():
    assert (await perform(workflow('Plus(id: "a")'), [{"n": 1}], kinds=KINDS)).values == [{"n": 2}]
    text = workflow('Plus(id: "a")', more='preprocessors: [ Plus(id: "p", by: 10) ]')
    assert (await perform(text, [{"n": 1}], kinds=KINDS)).values == [{"n": 12}]


async def test_results_go_to_the_targets_that_are_named():
    text = (
        'workflow W { source: NATS("in") target: [NATS("high"), NATS("low.end")] agents: ['
        'Router(id: "r", input: source, rules: {"n > 5": target.high, "n > 2": "target.low.end", default: target.other}),'
        'Plus(id: "named", input: source, output: target.high, when: "n == 7") ] }'
    )
    stage = await perform(text, [{"n": n} for n in (7, 3, 1)], kinds=KINDS, targets=2)
    high, low = ([(each.subject, each.data["n"]) for each in target.results] for target in stage.targets)
    assert sorted(high) == [("", 7), ("", 8), ("other", 1)]
    assert low == [("", 3)]


async def test_a_router_can_send_to_agents():
    text = workflow(
        'Router(id: "r", input: source, rules: {"n > 5": "many", default: "few"}),'
        'Plus(id: "many", by: 100), Plus(id: "few", by: 10)'
    )
    stage = await perform(text, [{"n": 7}, {"n": 3}], kinds=KINDS)
    assert sorted(value["n"] for value in stage.values) == [13, 107]


async def test_texts_may_name_results_of_other_agents():
    text = workflow(
        'Plus(id: "score", input: source), Plus(id: "other", input: source, by: 7),'
        'Same(id: "c", input: {n: "score.output.n"}, when: "other.output.n > 10")'
    )
    stage = await perform(text, [{"n": 1}, {"n": 9}], kinds=KINDS)
    assert stage.values == [{"n": 10, "other": {"output": {"n": 16}}}]


async def test_a_workflow_without_agents_hands_its_events_on():
    assert (await perform(workflow(""), [{"n": 1}], kinds=KINDS)).values == [{"n": 1}]


async def test_subworkflows_become_part_of_the_workflow():
    text = """
    subworkflow Score { input: ["order"] output: ["score"]
      agents: [ Plus(id: "one", input: input.order), Plus(id: "two", input: one.output, output: output.score, by: 10) ] }
    workflow W { source: NATS("in") target: NATS("out") agents: [ Same(id: "a", input: source, output: "clean") ] }
    integration { workflow: W, use: Score, mapping: { input: { "order": a.output } output: { "score": target.out } } }
    """
    stage = await perform(text, [{"n": 1}], kinds=KINDS)
    assert stage.values == [{"n": 12}]
    assert {"Score.one", "Score.two"} <= {node.id for node in planned(text).nodes}


async def test_a_subworkflow_that_is_used_gives_its_results_by_name():
    text = """
    subworkflow Score { input: ["order"] output: ["score"] agents: [ Plus(id: "one", input: input.order, output: output.score) ] }
    workflow W { source s { type = "nats" topic = "in" } target t { type = "nats" topic = "out" } use Score as g
      agent last { type = "data_processor" input = "g.score" } }
    """
    assert (await perform(text, [{"n": 1}], kinds=KINDS)).values == [{"n": 2}]


async def test_events_with_the_same_key_keep_their_order():
    async def slow(agent, inputs, message):
        await asyncio.sleep(0.02 if inputs["n"] % 3 == 0 else 0)
        return inputs

    values = [{"k": f"key{n % 4}", "n": n} for n in range(60)]
    stage = await perform(
        workflow('Slow(id: "a", input: source)'), values, kinds={"Slow": kind(slow)}, partition="k"
    )
    for key in range(4):
        assert [value["n"] for value in stage.values if value["k"] == f"key{key}"] == list(range(key, 60, 4))
    unordered = await perform(workflow('Slow(id: "a", input: source)'), values, kinds={"Slow": kind(slow)})
    assert [value["n"] for value in unordered.values] != list(range(60))


async def test_no_more_events_are_on_their_way_than_there_is_room_for():
    under_way = most = 0

    async def counted(agent, inputs, message):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001)
        under_way -= 1
        return inputs

    text = workflow('Slow(id: "a", input: source)')
    stage = await perform(text, [{"n": n} for n in range(200)], kinds={"Slow": kind(counted)}, window=20)
    assert len(stage.values) == 200
    assert 1 < most <= 20


async def test_so_many_events_are_taken_as_are_wanted():
    stage = await perform(
        workflow('Plus(id: "a", input: source)'), [{"n": n} for n in range(100)], kinds=KINDS, limit=7
    )
    assert len(stage.values) == 7


@pytest.mark.parametrize("count", [1, 5000])
async def test_all_hops_are_in_the_event_stream_one_by_one_or_counted(count):
    text = workflow('Plus(id: "a", input: source), Plus(id: "b", input: a.output, when: "n % 2 == 1")')
    stage = await perform(text, [{"n": n} for n in range(count)], kinds=KINDS)
    counted = stage.of("agent", what="hops", agent="a")
    told = [hop for hop in stage.hops("a") if not hop.get("sampled")]
    if count == 1:
        assert not counted
        assert told[0]["input"] == {"n": 0} and told[0]["output"] == {"n": 1} and told[0]["event"] == "list:0"
    else:
        assert sum(each["events"] for each in counted) == count
        assert len(told) <= 1000
        assert sum(each.get("skipped", 0) for each in stage.of("agent", what="hops", agent="b")) == count // 2
    names = {each["name"] for each in stage.of("metric")}
    assert {"a.events_per_s", "a.latency_ms", "a.latency_p95_ms"} <= names


def test_what_cannot_be_run_is_told_when_it_is_planned():
    nested = """
    subworkflow Inner { input: ["x"] output: ["y"] agents: [ Plus(id: "one", input: input.x, output: output.y) ] }
    subworkflow Outer { input: ["x"] output: ["y"] use Inner as i agents: [ Plus(id: "two", input: input.x, output: output.y) ] }
    workflow W { source: NATS("in") target: NATS("out") use Outer as o agents: [ Plus(id: "a", input: "o.y") ] }
    """
    with pytest.raises(WorkflowError, match="part within a part"):
        planned(nested)
    with pytest.raises(WorkflowError, match="cannot be a query"):
        planned(workflow('Plus(id: "a", input: "SELECT 1")'))


async def test_knowledge_is_shared_by_all_agents(tmp_path):
    (tmp_path / "rates.json").write_text('{"EUR": 2}')
    text = workflow(
        'RuleEngine(id: "r", input: source, context: "data.rates", rules: [{condition: "true", compute: {sum: "n * context.rates.EUR"}}])',
        more='data: {rates: "rates.json"}',
    )
    stage = await perform(text, [{"n": 2}], folder=str(tmp_path))
    assert stage.values[0]["sum"] == 4
