"""What may be typed at a place, and what stands there."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodonb.kumeo.editing import complete, hover
from tests.kumeo.texts import SOUND, spoiled

TWO = 'workflow W { agents: [LLM(id: "a", output: "s.x"), MLModel(id: "b", '
TARGETS = "workflow W { target: [NATS('o.done'), NATS('o-late')] agents: [DataProcessor(id: 'a'), "

OFFERS = {
    "|": ["workflow", "subworkflow", "integration"],
    "sub|": ["subworkflow"],
    "workflow W { so| }": ["source", "source "],
    "workflow W { source: NATS('x') t| }": ["target", "target "],
    "workflow W { source: N| }": ["NATS"],
    "workflow W { target: [T|] }": [],
    "workflow W { context: K| }": ["KnowledgeBase"],
    "workflow W { agents: [H|] }": ["HumanReview", "HumanInLoop"],
    "workflow W { agents: [LLM(pr|) ] }": ["provider", "prompt", "price"],
    'workflow W { agents: [LLM(prompt: "x", pr|) ] }': ["provider", "price"],
    "workflow W { agents: [LLM(id: 'a', t|": ["temperature", "top_p", "timeout"],
    f"{TWO}input: a.|)] }}": ["a.output"],
    f"{TWO}input: sou|)] }}": ["source"],
    f"{TWO}input: b|)] }}": [],
    f"{TWO}input: ML|)] }}": [],
    "workflow W { agents: [DataProcessor(cach|)] }": ["cache"],
    "workflow W { agents: [W|] }": ["WebAssembly"],
    "workflow W { source: NATS('in', d|) }": ["durable", "duplicate_window", "dead_letter"],
    "workflow W { source: [NATS('in', {q|})] }": ["queue"],
    "workflow W { target: NATS('out', q|) }": [],
    f'{TWO}input: "s|")] }}': ["s.x", "source"],
    f"{TWO}when: 'l|')] }}": ["len(", "lower("],
    "workflow W { models: {m: {|}} }": ["file", "type", "version", "description"],
    "workflow W { models: {m: {type: 'p|'}} }": ["pytorch", "python"],
    "workflow W { models: {m: 'f'} agents: [MLModel(model: 'mo|')] }": ["models.m"],
    "workflow W { agent a { type = 'l|' } }": ["llm"],
    "workflow W { source s { type = 'n|' } }": ["nats"],
    "workflow W { agent a { temp|": [],
    "workflow W { agents: [DataProcessor(config: {re|})] }": ["required_fields", "rename"],
    "workflow W { agents: [HumanReview(on_timeout: '|')] }": ["approve", "reject", "escalate"],
    "workflow W { deployment: {resources: {default: {c|}}} }": ["cpu"],
    "subworkflow S { } integration { use: | }": ["S"],
    f"{TARGETS}Router(id: 'r', rules: {{'x > 1': 'target.|'}})] }}": ["target.o.done", "target.o-late"],
    f"{TARGETS}Router(id: 'r', rules: {{default: '|'}})] }}": ["target.o.done", "target.o-late", "a"],
    f"{TARGETS}Router(id: 'r', default: target.|)] }}": ["target.o.done"],
    f"{TARGETS}Router(id: 'r', rules: [{{when: 'x', to: 'a|'}}])] }}": ["a"],
    f"{TARGETS}HumanReview(id: 'r', output: 'target.|')] }}": ["target.o.done", "target.o-late"],
    f"{TARGETS}Router(id: 'r', config: {{default: 'target.|'}})] }}": ["target.o.done", "target.o-late"],
}


@pytest.mark.parametrize("text", OFFERS)
def test_what_fits_is_offered(text):
    offset = text.index("|")
    found = complete(text.replace("|", "", 1), offset)
    assert [item.text for item in found] == OFFERS[text]


def test_an_offer_replaces_the_word_that_was_begun():
    text = "workflow W { agents: [LLM(engi: 1)] }"
    [item] = complete(text, text.index("engi") + 3)
    assert text[item.start : item.end] == "engi"
    assert (item.text, item.kind) == ("engine", "argument")
    assert "Provider and model" in item.about


EXPLAINED = {
    "wor|kflow W { }": "**workflow**",
    "workflow W { sou|rce: NATS('x') }": "Where messages come from",
    "workflow W { source: NA|TS('x') }": "a subject of NATS",
    "workflow W { context: Data|base('x', 'y') }": "**Database**(connection, query)",
    "workflow W { agents: [Rou|ter()] }": "Needs `rules` or `routing_rules`.",
    "workflow W { agents: [LLM(pro|mpt: 'x')] }": "What is asked",
    f"{TWO}input: a.out|put.title)] }}": "the output of the agent `a`, its part `title`",
    f'{TWO}input: "s|.x")] }}': "the stream `s.x`, published by `a`",
    "workflow W { models: {m: {fi|le: 'f'}} }": "File of the model.",
    "workflow W { source: NATS('x', que|ue: 'q') }": "Another name of `durable`.",
    "workflow W { agents: [DataProcessor(config: {st|eps: ['trim']})] }": "What is done to texts",
    "workflow W { agents: [LLM(time|out: '5s')] }": "How long one try may take.",
    "workflow W { agents: [HumanReview(time|out: '1h')] }": "How long people are waited for",
    "workflow W { agents: [HumanInLoop(time|out: '1h')] }": "How long people are waited for",
}


@pytest.mark.parametrize("text", EXPLAINED)
def test_what_stands_there_is_explained(text):
    found = hover(text.replace("|", "", 1), text.index("|"))
    assert found is not None
    assert EXPLAINED[text] in found.markdown


def test_of_what_means_nothing_there_is_nothing_to_say():
    assert hover("workflow W { source: NATS('x') }", 12) is None
    assert hover("workflow W { config: {x: 5} }", 25) is None
    assert hover("", 0) is None


@given(st.sampled_from(SOUND) | spoiled(), st.integers(0, 400))
@settings(max_examples=200, deadline=None)
def test_anywhere_in_any_text_there_is_an_answer(text, offset):
    offset = min(offset, len(text))
    for item in complete(text, offset):
        assert 0 <= item.start <= item.end <= len(text)
    hover(text, offset)
