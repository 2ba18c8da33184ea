"""What a declaration can contain works, or is an error when the workflow is set going."""

from __future__ import annotations

import pytest

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.running import compiled
from kodonb.kumeo.running.choosing import sections
from kodonb.kumeo.running.settings import filling
from tests.kumeo.running.troupe import kind, perform, planned, workflow

KINDS = {"Same": kind(lambda agent, inputs, message: inputs)}


@pytest.mark.parametrize(
    ("when", "passed"),
    [
        ('"n > 1"', [{"n": 2}]),
        ('"n > ${config.least}"', [{"n": 2}]),
        ("true", [{"n": 0}, {"n": 1}, {"n": 2}]),
        ("false", []),
        ("a.output.n", [{"n": 1}, {"n": 2}]),
        ('"a.output.n > ${config.least}"', [{"n": 2}]),
    ],
)
async def test_a_condition_may_be_a_text_a_reference_or_a_constant(when, passed):
    agents = f'Same(id: "a", input: source), Same(id: "b", input: source, when: {when})'
    agents += ', Same(id: "c", input: {n: "b.output.n", a: a.output})'
    stage = await perform(workflow(agents, "config: {least: 1}"), [{"n": n} for n in range(3)], kinds=KINDS)
    assert [{"n": each["n"]} for each in stage.values if each.get("n") is not None] == passed


async def test_an_argument_without_a_name_that_nothing_is_made_of_is_an_error():
    with pytest.raises(AgentError, match="takes 0 arguments without a name, not 1"):
        await perform(workflow('DataProcessor("rules.json", id: "a", input: source)'), [])


async def test_an_output_that_is_called_as_a_target_goes_there_alone():
    text = """workflow W { source: NATS("in") target: [NATS("high"), NATS("low")] agents: [
        Same(id: "a", input: source, output: "low"), Same(id: "b", input: "low", output: high) ] }"""
    stage = await perform(text, [{"n": 1}], kinds=KINDS, targets=2)
    assert [target.values for target in stage.targets] == [[{"n": 1}], [{"n": 1}]]
    exits = {node.id: [exit_.target for exit_ in node.exits] for node in planned(text).nodes}
    assert exits == {"a": [1], "b": [0]}


def test_options_of_a_source_may_be_entries_of_sections():
    text = 'workflow W { source: NATS(config.in, queue: config.q.name) target: NATS("out") config: {in: "x", q: {name: "y"}} }'
    [made] = check(text).program.workflows
    fill = filling({}, sections(made))
    [source] = made.sources
    assert (fill(source.address), fill(source.options["queue"])) == ("x", "y")


@pytest.mark.parametrize("address", ['a"""\nraise SystemExit\n"""', "C:\\new\\", '"', "a\0b", "x" * 1000])
def test_an_address_is_no_code_of_the_flow(address):
    said = address.replace("\\", "\\\\").replace('"', '\\"')
    text = f'workflow W {{ source: File("{said}") target: File("out.jsonl") agents: [] }}'
    flow = compiled(text, enter=False)
    assert flow.meta.name == "W" and len(flow.meta.summary) < 300 and "\n" not in flow.meta.summary
