"""What a question is about, wherever it is shown."""

from __future__ import annotations

from kodonb.display.asked import asked
from kodonb.display.html import run_html
from kodonb.display.text import run_text
from tests.display.stories import Story

SHOWN = [{"label": "amount", "value": "900"}, {"label": "note", "value": "<b>fast</b>\nplease"}]
SCHEMA = {
    "type": "object",
    "properties": {"decision": {"enum": ["approve", "reject"]}},
    "x-asker": "review",
    "x-about": "Large orders",
    "x-shown": SHOWN,
}


def story(*schemas):
    told = Story().begin()
    for number, schema in enumerate(schemas, 1):
        told.say("lock", {"lock": f"flow.{number}", "title": "Ship it?", "schema": schema})
    return told


def test_a_question_shows_what_is_to_be_decided_on_and_who_asks():
    markup = run_html(story(SCHEMA).view)
    assert "asked by review" in markup and "Large orders" in markup
    assert "<dt>amount</dt><dd>900</dd>" in markup
    assert "&lt;b&gt;fast&lt;/b&gt;\nplease" in markup and "<b>fast" not in markup


def test_a_terminal_shows_it_line_by_line():
    said = run_text(story(SCHEMA).view).splitlines()
    at = next(number for number, line in enumerate(said) if "Ship it?" in line)
    assert [line.strip() for line in said[at + 1 : at + 4]] == [
        "Large orders",
        "amount: 900",
        "note: <b>fast</b> please",
    ]


def test_of_much_a_terminal_says_how_much_is_left():
    many = [{"label": f"f{number}", "value": "v"} for number in range(30)]
    said = run_text(story({"x-shown": many}).view)
    assert "f11: v" in said and "f12" not in said and "… and 18 more" in said


def test_the_command_names_the_question_where_there_are_several():
    assert "answer 0k7q2mabcd1xyz decision=…" in run_text(story(SCHEMA).view)
    said = run_text(story(SCHEMA, SCHEMA).view)
    assert "xyz flow.1 decision=…" in said and "xyz flow.2 decision=…" in said


def test_an_answer_that_was_given_says_what_it_was_about():
    told = story(SCHEMA).say(
        "lease", {"lock": "flow.1", "how": "answer", "by": "ada", "value": {"decision": "approve"}}
    )
    markup = run_html(told.end().view)
    assert "by ada" in markup and "amount: 900, note: &lt;b&gt;fast&lt;/b&gt; please" in markup


def test_whatever_a_schema_holds_there_nothing_breaks():
    odd = {"x-asker": 7, "x-about": ["a"], "x-shown": [1, None, {"label": []}, {"label": "a", "value": {}}]}
    assert asked(odd) == ("7", "", (("a", ""),))
    assert "Ship it?" in run_html(story(odd, {"x-shown": "no"}, {"x-shown": [SHOWN] * 999}).view)


def test_an_escape_for_terminals_is_not_handed_on():
    told = story({"x-about": "a\x1b[2Jb", "x-shown": [{"label": "x\x1b[2J", "value": "\x1b]0;t\x07v"}]})
    assert "\x1b" not in run_text(told.view) and "\x1b" not in run_html(told.view)
