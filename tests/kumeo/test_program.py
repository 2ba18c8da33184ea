"""The program that a text defines, as records and as JSON."""

from __future__ import annotations

import time

import jsonschema
import msgspec
import pytest

from kodonb.kumeo.catalogue import types
from kodonb.kumeo.catalogue.arguments import Arguments
from kodonb.kumeo.checks.checking import check, load
from kodonb.kumeo.program import form
from kodonb.kumeo.program.records import Link, Outlet, Resources
from kodonb.kumeo.program.values import Items, Reference, Table, plain
from kodonb.kumeo.references.meaning import Meaning
from kodonb.model.errors import KumeoError
from tests.kumeo.texts import SOUND

TEXT = """
workflow W {
  source: Timer("30s")
  target: NATS("out", {retain: true})
  nats: "nats://localhost"
  models: {m: {file: "m.onnx", type: "onnx", version: "1"}}
  deployment: {resources: {default: {cpu: "500m"}, a: {gpu: 1}}, scaling: {max_replicas: 3}}
  monitor: {metrics: ["latency"], alerts: {"latency > 5s": "ops"}}
  agents: [
    MLModel("models.m", id: "a", input: "source.text ?? ''", timeout: "1m", when: "x > 1", output: ["s", target.out]),
    LLM("e", prompt: "p", input: {x: a.output.label, y: "s/part"}, config: {list: [1, null], deep: {z: true}}),
  ]
}
"""


def test_a_run_time_finds_everything_in_the_records():
    [workflow] = load(TEXT).workflows
    first, second = workflow.agents
    assert workflow.sources[0].interval == 30 and workflow.targets[0].options == {"retain": True}
    assert workflow.deployment.resources == {"default": Resources(cpu="500m"), "a": Resources(gpu=1)}
    assert (workflow.deployment.max_replicas, workflow.monitor.alerts[0].condition) == (3, "latency > 5s")
    assert (first.id, first.timeout, first.when, first.needs, first.line) == ("a", 60, "x > 1", (), 10)
    assert first.inputs == (Link(choices=(Reference("source.text", Meaning("source", "text")),), default=""),)
    assert first.outputs == (Outlet(kind="stream", name="s"), Outlet(kind="target", name="out"))
    assert first.arguments == {"model": "models.m"}
    assert (second.id, second.generated, second.needs) == ("llm", True, ("a",))
    assert second.inputs[0].choices[0].meaning == Meaning("agent", "a", "label", ("a",))
    assert second.inputs[1].choices[0].meaning == Meaning("stream", "s", "part", ("a",))
    assert second.arguments["config"] == Table({"list": Items([1, None]), "deep": Table({"z": True})})
    assert plain(second.arguments["config"]) == {"list": [1, None], "deep": {"z": True}}


@pytest.mark.parametrize("text", SOUND)
def test_a_program_survives_its_json_and_fits_its_schema(text):
    program = check(text).program
    told = form.encode(program)
    assert form.decode(told) == program
    jsonschema.validate(msgspec.json.decode(told), form.schema())


def test_another_version_of_the_form_is_refused():
    with pytest.raises(msgspec.ValidationError, match="version 2"):
        form.decode(b'{"version": 2}')


def test_a_text_with_errors_is_no_program_and_all_of_them_are_told():
    with pytest.raises(KumeoError) as caught:
        load("workflow W { sauce: 1 }", "a.kumeo")
    error = caught.value
    assert (error.code, error.where) == ("E110", "a.kumeo:1:10")
    assert "E111 at a.kumeo:1:10" in error.message and "E003" in error.message


def test_five_hundred_agents_are_read_and_checked_in_a_fifth_of_a_second():
    agents = ",\n".join(
        f'LLM(id: "a{i}", engine: "ollama/llama3", prompt: "Summarize {{{{x}}}}", output: "s.{i}", timeout: "5s", '
        f'input: {{x: {"source" if not i else f"a{i - 1}.output"}}}, when: "n > {i}", config: {{t: 0.5, l: [1, 2]}})'
        for i in range(500)
    )
    text = f'workflow W {{ source: NATS("in") target: NATS("out") agents: [{agents}] }}'

    def once():
        start = time.process_time()
        assert not check(text).diagnostics
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.2


class _Arguments(Arguments):
    """Says what the weather is."""

    needs = (("city",),)
    city: str | None = None


@pytest.fixture
def registered():
    types.register("WeatherBot", _Arguments)
    yield "WeatherBot"
    types.forget("WeatherBot")


def test_a_type_of_ones_own_is_known_once_it_is_registered(registered):
    colon = 'workflow W {{ source: NATS("in") target: NATS("out") agents: [{}(id: "w"{})] }}'
    assert [one.code for one in check(colon.format(registered, "")).diagnostics] == ["E130"]
    assert check(colon.format(registered, ', city: "Rome"')).diagnostics == ()
    block = 'workflow W { source s { type = "nats" topic = "t" } target t { type = "nats" topic = "o" } agent w { type = "weather_bot" city = "Rome" } }'
    assert check(block).diagnostics == ()
