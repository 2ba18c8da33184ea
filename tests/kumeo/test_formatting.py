"""The formatter keeps what a text says, and all its comments."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.writing import Unformattable, formatted
from tests.kumeo.texts import SOUND, commented, comments, said


def agrees(text):
    once = formatted(text)
    before, after = check(text), check(once)
    assert formatted(once) == once
    assert said(after.program) == said(before.program)
    assert sorted(one.code for one in after.diagnostics) == sorted(one.code for one in before.diagnostics)
    assert comments(once) == comments(text)


@pytest.mark.parametrize("text", SOUND)
def test_what_a_text_says_stays_the_same_and_formatting_twice_changes_nothing(text):
    agrees(text)


@given(commented())
@settings(max_examples=300, deadline=None)
def test_comments_anywhere_are_kept(text):
    agrees(text)


def test_a_text_with_errors_of_syntax_is_left_alone():
    with pytest.raises(Unformattable):
        formatted("workflow W {")


def test_what_fits_into_a_line_is_put_into_one_and_all_else_is_broken():
    text = """
workflow   W {
source : NATS( 'in' ,{ queue="q" } ) ; target:NATS("out")
agents:[LLM(id:"a",engine:"ollama/llama3",prompt:"p",temperature:0.5),Router(id:"b",input:a.output,rules:{"amount > 1000":"target.out","default":"target.out"},timeout:"5s")]
}"""
    assert (
        formatted(text)
        == """\
workflow W {
  source: NATS("in", {queue: "q"})
  target: NATS("out")
  agents: [
    LLM(id: "a", engine: "ollama/llama3", prompt: "p", temperature: 0.5),
    Router(
      id: "b",
      input: a.output,
      rules: {"amount > 1000": "target.out", "default": "target.out"},
      timeout: "5s",
    ),
  ]
}
"""
    )


def test_blocks_become_colon_form_with_their_comments():
    text = """
workflow W { // opens
  source s { type = "nats" topic = 't'; queue = "q" }
  // where to
  target t { type = "nats" topic = "out" }

  agent a { type = "llm" model = "m" /* which? */ prompt = "p" } // the writer
  use S as scoring
  agent b { type = "data_processor" input = a.output }
}
subworkflow S { input: ["x"] output: ["y"] }
"""
    assert (
        formatted(text)
        == """\
workflow W {
  // opens
  source: NATS("t", queue: "q", name: "s")
  // where to
  target: NATS("out", name: "t")

  agents: [
    LLM(
      id: "a",
      model: "m",
      /* which? */
      prompt: "p",
    ), // the writer
    DataProcessor(id: "b", input: a.output),
  ]
  use S as scoring
}

subworkflow S {
  input: ["x"]
  output: ["y"]
}
"""
    )


def test_blocks_stay_where_colon_form_would_make_an_error_of_a_warning():
    text = 'workflow W { source s { type = "nats" topic = "t" } agent a { type = "llm" model = "m" } }'
    assert (
        formatted(text)
        == """\
workflow W {
  source s { type = "nats" topic = "t" }
  agent a { type = "llm" model = "m" }
}
"""
    )


def test_a_text_in_three_quotes_is_kept_as_it_is():
    text = "workflow W { $ }".replace("$", 'config: {a: """x\n  y\n""", b: 1}')
    assert formatted(text).splitlines()[1:5] == ["  config: {", '    a: """x', "  y", '""",']
