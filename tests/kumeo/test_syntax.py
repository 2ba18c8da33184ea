"""Whatever is read, there is a tree, there are diagnostics with places, and there is never an exception."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.checks.reading import check_bytes
from kodonb.kumeo.diagnostics.text import lines
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source
from tests.kumeo.texts import spoiled

MEGABYTE = 1_000_000
HEAD = 'workflow W { source: NATS("in") target: NATS("out") agents: '
GARBAGE = {
    name: (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
    for name, unit in {
        "brackets": "[",
        "braces the wrong way": "}{",
        "words": "a ",
        "numbers": "1 ",
        "one number": "1",
        "commas": ",",
        "quotes": '"',
        "mixed quotes": "'\"",
        "dots": "a.",
        "slashes": "/",
        "backslashes": "\\",
        "letters of other scripts": "é",
        "spaces": " ",
        "ends of lines": "\n",
        "zeros": "\0",
        "comments": "// c\n",
        "comments without content": "/**/",
        "the beginning of comments": "/*",
        "the word workflow": "workflow ",
        "workflows that never end": "workflow W {",
        "calls that never end": "a(",
        "surprises": "w{:}[;](,)=.é\"'\\1 ",
    }.items()
} | {
    "one text": '"' + "x" * MEGABYTE,
    "one text of escapes": HEAD + '["' + "\\x" * (MEGABYTE // 2) + '"]}',
    "one long argument": HEAD + '[LLM(id: "a", engine: "e", prompt: "' + "{{x}} " * (MEGABYTE // 6) + '")]}',
    "nested lists": HEAD + "[" * MEGABYTE,
    "nested objects": HEAD + "{a:" * (MEGABYTE // 3),
    "commas in a list": HEAD + "[" + "," * MEGABYTE,
    "words in a list": HEAD + "[" + "x " * (MEGABYTE // 2),
    "words in a workflow": "workflow W {" + "x y: " * (MEGABYTE // 5),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_a_megabyte_of_garbage_takes_less_than_a_second(name):
    start = time.process_time()
    found = check(GARBAGE[name]).diagnostics
    assert time.process_time() - start < 1
    assert len(found) <= 200


@given(st.text(max_size=60))
@example("workflow W { x: " + "(" * 400)
@settings(max_examples=300, deadline=None)
def test_any_text_has_diagnostics_or_is_sound(text):
    examine(text)


@given(spoiled())
@settings(max_examples=500, deadline=None)
def test_a_spoiled_text_has_diagnostics_or_is_sound(text):
    examine(text)


@given(st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_bytes_have_diagnostics_or_are_sound(data):
    checked = check_bytes(data, "x.kumeo")
    assert list(lines(checked.diagnostics, checked.tree.source)) or checked.ok


def examine(text):
    checked = check(text)
    for one in checked.diagnostics:
        assert 1 <= one.line <= text.count("\n") + 1
        assert one.column >= 1 and one.message and one.remedy
    assert list(lines(checked.diagnostics, checked.tree.source)) or checked.ok
    assert checked.ok or checked.errors
    checked.program  # noqa: B018 - made as far as it can be


def test_a_tree_knows_every_place():
    text = 'workflow W {\n  source: NATS("in", queue: "q") // c\n}'
    tree = parse(Source(text))
    [workflow] = tree.definitions
    [section] = workflow.items
    call = section.value
    assert text[workflow.start : workflow.end] == text
    assert text[call.start : call.end] == 'NATS("in", queue: "q")'
    assert [text[arg.start : arg.end] for arg in call.args] == ['"in"', 'queue: "q"']
    assert [text[comment.start : comment.end] for comment in tree.comments] == ["// c"]


def test_what_is_expected_is_told_in_plain_words():
    told = {
        "}": "expected `workflow`, `subworkflow` or `integration`, found `}`",
        "workflow W": "expected `{`, found the end of the text",
        "workflow W { source }": "expected a name, `[` or `:`, found `}`",
        "workflow W { source: }": "expected a value, found `}`",
        "workflow W { config: [1 2] }": "expected `]` or `,`, found `2`",
        "workflow W { config: f(1 }": "expected `)` or `,`, found `}`",
        "workflow W {": "expected a section or `}`, found the end of the text",
        'workflow W { config: "x': "this text has no end",
        "workflow W { config: 5s }": "`5s` is not a number",
        "workflow W { config: é }": "`é` cannot stand here",
    }
    for text, message in told.items():
        assert message in [one.message for one in check(text).diagnostics if one.code == "E001"]


UNCLOSED = """workflow W {
  source: NATS("x"%s)
  target: [NATS("y")%s]
  agents: [DataProcessor(id: "a", input: source)]
}
"""


@pytest.mark.parametrize(("sign", "before"), [(")", "target"), ("]", "agents")])
def test_a_bracket_that_is_missing_before_the_next_section_is_asked_for_once(sign, before):
    whole = UNCLOSED.replace("%s", "")
    at = whole.index(before)
    [one] = check(whole[:at].rstrip()[:-1] + whole[at - 3 :]).diagnostics
    assert one.remedy == f"put `{sign}` before `{before}`"


@pytest.mark.parametrize("gap", [" ", "\n    ", "\n\t\t\t"])
def test_before_an_argument_of_the_same_or_a_deeper_line_a_comma_is_missing(gap):
    [one] = check(UNCLOSED % (f'{gap}queue: "q"', "")).diagnostics
    assert one.remedy == "put `,` before `queue`"


def test_a_text_that_is_not_utf_8_is_told_where():
    [one] = check_bytes(b"\xef\xbb\xbfworkflow \xff", "x.kumeo").diagnostics
    assert (one.code, one.file, one.line, one.column) == ("E001", "x.kumeo", 1, 10)
