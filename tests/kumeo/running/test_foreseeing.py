"""What `kodonb check` tells of a sound text that will not run where it lies."""

from __future__ import annotations

import pytest

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.running.foreseeing import foreseen


def workflow(agents="", more="", source='NATS("in")', target='NATS("out")'):
    return f"workflow W {{ source: {source} target: {target} {more} agents: [{agents}] }}"


def told(text, folder=None):
    checked = check(text)
    assert checked.ok
    return [
        (one.code, text.splitlines()[one.line - 1][one.column - 1 : one.end_column - 1])
        for one in foreseen(checked, folder)
    ]


@pytest.mark.parametrize(
    ("agents", "more", "file"),
    [
        (
            'MLModel(id: "a", model: models.m)',
            'models: {m: {file: "fraud.onnx", type: "onnx"}}',
            "fraud.onnx",
        ),
        ('MLModel(id: "a", model_path: "fraud.pkl")', "", "fraud.pkl"),
        ('MLModel(id: "a", model: {file: "fraud.bin", type: "onnx"})', "", "fraud.bin"),
        ('BayesianNetwork(id: "a", network: "nets/rain.bif")', "", "nets/rain.bif"),
        ('RuleEngine(id: "a", rules: "rules.json")', "", "rules.json"),
        ('HumanReview(id: "a", config: "review.json")', "", "review.json"),
        ('DataProcessor(id: "a", output_schema: "order.json")', "", "order.json"),
        ("", 'data: {orders: "orders.parquet"}', "orders.parquet"),
        ("", 'schemas: {order: "order.json"}', "order.json"),
        ("", 'config: {limits: "limits.json", region: "eu"}', "limits.json"),
        ("", 'context: KnowledgeBase("docs/")', "docs/"),
    ],
)
def test_a_file_that_is_not_there_is_told_with_its_place_until_it_is(tmp_path, agents, more, file):
    text = workflow(agents, more)
    assert told(text, tmp_path) == [("KN804", f'"{file}"')]
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).mkdir() if file.endswith("/") else (tmp_path / file).touch()
    assert told(text, tmp_path) == []


def test_a_file_of_almost_that_name_is_the_way_out(tmp_path):
    (tmp_path / "fraud.onnx").touch()
    [one] = foreseen(check(workflow('MLModel(id: "a", model: "fruad.onnx")')), tmp_path)
    assert (one.severity, one.message) == ("warning", "there is no file `fruad.onnx`")
    assert one.remedy == "did you mean `fraud.onnx`?"


@pytest.mark.parametrize("name", ["**x.csv", "~nobody-of-that-name/x.csv", "x" * 300 + ".csv", "a\0.csv"])
def test_a_name_that_no_file_can_have_is_of_none(tmp_path, name):
    assert [code for code, _ in told(workflow("", f'data: {{all: "{name}"}}'), tmp_path)] == ["KN804"]


def test_what_may_be_no_file_of_this_folder_is_not_looked_for(tmp_path):
    agents = 'MLModel(id: "a", model: "fraud"), LLM(id: "b", engine: "ollama/x", prompt: "see a.json")'
    more = 'models: {fraud: {file: "${env.MODELS}/fraud.onnx"}} data: {all: "part-*.csv"}'
    (tmp_path / "part-1.csv").touch()
    assert told(workflow(agents, more), tmp_path) == []
    assert told(workflow('MLModel(id: "a", model: "fraud.onnx")'), None) == []


@pytest.mark.parametrize(
    "agent",
    [
        'HumanReview(id: "a", timeout: "1h", on_timeout: "escalate")',
        'HumanReview(id: "a", config: {timeout: "1h", on_timeout: "escalate", escalation_path: ""})',
        'HumanInLoop(id: "a", interface: "approval", timeout: "1h", config: {on_timeout: "escalate"})',
    ],
)
def test_people_without_anybody_to_escalate_to_are_told(agent):
    assert told(workflow(agent)) == [("KN802", '"escalate"')]


@pytest.mark.parametrize(
    "agent",
    [
        'HumanReview(id: "a", timeout: "1h", on_timeout: "escalate", escalation_path: "a@b.org")',
        'HumanReview(id: "a", timeout: "1h", on_timeout: "escalate", config: {escalation_path: "${env.TEAM}"})',
        'HumanReview(id: "a", timeout: "1h", on_timeout: "escalate", config: "review.json")',
        'HumanReview(id: "a", timeout: "1h", on_timeout: "reject", config: {on_timeout: "escalate"})',
        'HumanReview(id: "a", on_timeout: "escalate")',
    ],
)
def test_people_who_never_escalate_or_know_to_whom_are_fine(agent):
    assert told(workflow(agent)) == []


@pytest.mark.parametrize(
    "address",
    ["orders", "https://example.org/orders", "ftp://example.org", "http://:80/x", "http://x:99999/y"],
)
def test_a_source_of_http_that_nothing_can_listen_at_is_told(address):
    assert told(workflow(source=f'HTTP("{address}")')) == [("KN821", f'"{address}"')]


@pytest.mark.parametrize("address", ["/orders", "http://0.0.0.0:8080/orders", "${env.URL}"])
def test_a_source_of_http_that_can_be_served_is_fine(address):
    assert told(workflow(source=f'HTTP("{address}")', target='HTTP("https://example.org")')) == []


def test_a_target_of_http_without_an_address_is_told():
    assert told(workflow(target='HTTP("example.org/orders")')) == [("KN821", '"example.org/orders"')]


def test_what_cannot_be_planned_is_told():
    inner = 'subworkflow A { input: ["x"] output: ["y"] agents: [DataProcessor(id: "a", input: input.x)] }'
    outer = 'subworkflow B { input: ["x"] output: ["y"] use A as a agents: [DataProcessor(id: "b", input: input.x)] }'
    text = "\n".join([inner, outer, workflow('DataProcessor(id: "c", input: source)', "use B as b")])
    assert told(text) == [("KN832", "W")]


def test_nothing_is_foreseen_of_a_text_with_errors(tmp_path):
    checked = check(workflow('MLModel(id: "a", model: "fraud.onnx", input: nothing.output)'))
    assert not checked.ok and foreseen(checked, tmp_path) == ()
