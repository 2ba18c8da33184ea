from datetime import timedelta

import pytest

from kodonb.display import event_line, flow_text, run_html, run_text, runs_text
from kodonb.display.format import amount, brief, clean, duration, size, width
from kodonb.model.flow import FlowMeta
from kodonb.model.run import RunRecord
from tests.display.stories import START, Story, error, everything


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "—"), (0, "0 ms"), (0.0004, "0 ms"), (0.45, "450 ms"), (0.9996, "1.0 s"), (1.23, "1.2 s"), (59.94, "59.9 s"),
        (59.96, "1 min 00 s"), (185, "3 min 05 s"), (3599.6, "1 h 00 min"), (7_620, "2 h 07 min"), (86_399, "1 d 00 h"), (273_600, "3 d 04 h"),
    ],
)  # fmt: skip
def test_durations_are_written_as_people_read_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2, "2 s"), (2.5, "2.5 s"), (600, "10 min"), (605, "10 min 05 s"), (3600, "1 h"), (172_800, "2 d")],
)
def test_round_durations_are_short(seconds, text):
    assert brief(seconds) == text


def test_numbers_and_sizes_are_short():
    assert [amount(n) for n in (3, 2314.0, 0.123456, -0.0, 1e300, None)] == [
        "3",
        "2\u202f314",
        "0.1235",
        "0",
        "1e+300",
        "—",
    ]
    assert [size(n) for n in (17, 1024, 1_600_000, 5e12)] == ["17 B", "1 KiB", "1.53 MiB", "4.55 TiB"]


def test_text_for_terminals_holds_no_escapes():
    assert clean("a\x1b[31mred\x1b[0m \x1b]0;title\x07b\x00c\u202ed") == "ared bcd"
    assert width("a漢字é") == 6


def test_a_run_as_text_says_what_matters():
    lines = run_text(everything().view).splitlines()
    assert lines[0].startswith("✓ finished  Model search  run 0k7q2mabcd  ")
    text = "\n".join(lines)
    for part in (
        "folds=3",
        "43 steps: 42 finished, 1 error",
        "✗ train \u00d7 40",
        "39 done, 1 error",
        "37 / 40 fits",
        "loss 0.05",
        'result    {"best": "svm", "score": 0.98}',
    ):
        assert part in text
    assert len(lines) <= 20 and "2026" not in text


def test_a_waiting_run_says_how_to_answer():
    text = run_text(
        Story().begin().say("lock", {"lock": "l", "title": "Go?", "schema": {"properties": {"yes": {}}}}).view
    )
    assert "Go?" in text and "%flow answer 0k7q2mabcd1xyz yes=…" in text


def test_a_secret_is_shown_as_a_word_wherever_it_is_kept():
    story = Story()
    story.say("inputs", {"key": {"secret": True}, "word": {"json": "secret"}})
    story.say("result", {"secret": True})
    story.say("final", {"secret": True})
    assert 'inputs    key=secret, word="secret"' in run_text(story.view)
    assert "result    secret" in run_text(story.view)
    assert run_html(story.view).count("secret</dd>") == 2 and "{&quot;secret" not in run_html(story.view)
    assert [event_line(event).split()[-1] for event in story.events] == ['word="secret"', "secret", "secret"]


def test_a_failed_run_says_where():
    text = run_text(Story().begin().say("final", {"error": error()}).end("error").view)
    assert "ValueError: k must be positive" in text and "at Cell In[3], line 7" in text


def test_equal_runs_give_equal_text():
    assert run_text(everything().view) == run_text(everything().view)


def test_an_event_is_one_line_whatever_it_says():
    lines = [event_line(event) for event in everything().events]
    assert all("\n" not in line and len(line) < 220 for line in lines)
    text = "\n".join(lines)
    for part in ("search ada", "load#1 finished after 500 ms", "error after 500 ms ValueError: k must be positive", "training 37 / 40 fits",
                 "loss = 1.0 at 0", 'l1 answer by ada: {"yes": true}', "WARNING sklearn did not converge", "image/png, text/plain", "model.onnx"):  # fmt: skip
        assert part in text
    assert (
        event_line(Story().say("stdout", {"text": "a\x1b[2Jb\n\nc"}).events[0])
        == "     0  stdout    flow            ab c"
    )


def test_runs_as_text_are_a_table():
    runs = [
        RunRecord(id="0k7q2mabcd1xyz", flow="search", module="m", status="error", created=START, started=START,
                  ended=START + timedelta(seconds=75), reason="no\nmodel", events=12),
        RunRecord(id="0k7q2mabce1xyz", flow="漢字", module="m", status="running"),
    ]  # fmt: skip
    head, first, second = runs_text(runs).splitlines()
    assert head.split() == ["run", "status", "flow", "created", "took", "events", "reason"]
    assert (
        first.split("  ")[0] == "0k7q2mabcd"
        and "✗ error" in first
        and "1 min 15 s" in first
        and "no model" in first
    )
    assert "● running" in second and "漢字" in second
    assert runs_text([]) == "no runs"


def test_a_flow_as_text_shows_its_parameters():
    schema = {
        "properties": {"folds": {"type": "integer", "default": 3}, "model": {"type": "string"}},
        "required": ["model"],
    }
    text = flow_text(FlowMeta(name="search", title="Model search", author="Ada"), schema, ["load"])
    assert text.splitlines() == [
        "search: Model search", "  by Ada", "  parameters",
        "    folds  integer  = 3", "    model  string   required", "  steps load",
    ]  # fmt: skip
