"""The graph of a workflow, and its picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from kodonb.display.workflow import workflow_svg
from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.graph import graph
from tests.kumeo.texts import SOUND

TEXT = """
workflow Orders {
  source: NATS("orders.new")
  target: [NATS("high"), NATS("low")]
  preprocessors: [DataProcessor(id: "clean"), DataProcessor(id: "fill")]
  agents: [
    LLM(id: "classify", engine: "e", prompt: "p", input: preprocessors.output, output: "orders.classified"),
    MLModel(id: "score", model: "m", input: "orders.classified"),
    Router(id: "route", input: {s: score.output}, rules: {"s > 1": "target.high", default: "target.low"}),
    DataProcessor(id: "side", input: source, output: target.low),
    DataProcessor(id: "last", input: side.output),
  ]
}
"""


def of(text):
    program = check(text).program
    return graph(program.workflows[0] if program.workflows else program.subworkflows[0], program.integrations)


def arrows(found):
    return {
        f"{edge.source} {'..' if edge.implied else '--'}{edge.label}> {edge.target}" for edge in found.edges
    }


def test_edges_are_what_the_text_says_and_what_follows_from_silence():
    found = of(TEXT)
    assert arrows(found) == {
        "source:0 ..> agent:clean",
        "source:0 ..> agent:fill",
        "agent:clean --> agent:classify",
        "agent:fill --> agent:classify",
        "agent:classify --orders.classified> agent:score",
        "agent:score --> agent:route",
        "agent:route --s > 1> target:0",
        "agent:route --default> target:1",
        "source:0 --> agent:side",
        "agent:side --> target:1",
        "agent:side --> agent:last",
        "agent:last ..> target:0",
        "agent:last ..> target:1",
    }


def test_preprocessors_are_a_group():
    found = of(TEXT)
    assert [(group.label, group.members) for group in found.groups] == [
        ("preprocessors", ("agent:clean", "agent:fill"))
    ]
    assert [node.kind for node in found.nodes if node.detail == "DataProcessor"][:2] == ["preprocessor"] * 2


def test_nodes_know_their_line():
    assert {node.label: node.line for node in of(TEXT).nodes}["score"] == 8


def test_a_subworkflow_goes_from_its_inputs_to_its_outputs():
    found = of(
        'subworkflow S { input: ["x", "y"] output: ["z"] agents: [DataProcessor(id: "a", input: input.x, output: output.z)] }'
    )
    assert arrows(found) == {"input:x --> agent:a", "agent:a --> output:z"}


def test_an_integration_is_drawn_in_its_workflow():
    found = of("""
subworkflow S { input: ["x"] output: ["y"] agents: [DataProcessor(id: "a", input: input.x)] }
workflow W { source: NATS("in") target: NATS("out") agents: [DataProcessor(id: "a")] }
integration { workflow: W, use: S, mapping: { input: { x: source.in } output: { y: target.out } } }
""")
    assert {"source:0 --x> use:S", "use:S --y> target:0"} <= arrows(found)


def test_a_picture_is_well_formed_needs_nothing_else_and_says_what_it_shows():
    svg = workflow_svg(of(TEXT.replace("classify", "<script>&")))
    root = ET.fromstring(svg)
    assert root.get("role") == "img" and "Orders" in root[0].text and "route: Router" in root[1].text
    assert not re.search(r"\sid=|<script|href|url\(|https?://(?!www\.w3\.org/2000/svg)", svg)
    assert svg.count('class="kn-box"') == 10 and "kn-group" in svg


def test_every_sound_text_has_a_picture():
    for text in SOUND:
        program = check(text).program
        for one in (*program.workflows, *program.subworkflows):
            picture = workflow_svg(graph(one, program.integrations))
            assert not picture or ET.fromstring(picture).tag.endswith("svg")
