import re
from html.parser import HTMLParser

import pytest

from kodonb.display import flow_html, run_html, runs_html
from kodonb.model.event import KINDS
from kodonb.model.flow import FlowMeta
from kodonb.model.run import RunRecord
from tests.display.stories import PNG, RUN, START, Story, error, everything

EVIL = "<script>alert(\"x\")</script><img src=x onerror='y'>\x1b[31m"
VOID = {"meta", "img", "circle", "path", "rect", "input", "br"}


class Balance(HTMLParser):
    """Checks that elements are closed in order; collects their names and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(markup):
    parser = Balance()
    parser.feed(markup)
    assert parser.open == []
    return parser.seen


def test_a_run_is_one_well_formed_fragment_without_script_ids_or_network():
    markup = run_html(everything().view)
    seen = parsed(markup)
    assert markup.startswith('<div class="kodonb-run">')
    assert not {tag for tag, _ in seen} & {"script", "link", "object", "embed", "form"}
    for _, attributes in seen:
        assert "id" not in attributes and not any(name.startswith("on") for name in attributes)
        assert attributes.get("src", "data:").startswith("data:")
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", markup)


def test_a_typical_run_is_small():
    assert len(run_html(everything().view).encode()) <= 60_000


def test_equal_runs_give_equal_html():
    assert run_html(everything().view) == run_html(everything().view)


def test_no_clock_and_no_address_unless_asked():
    view = everything().view
    assert "2026" not in run_html(view) and "0x7f" not in run_html(view)
    assert "2026-03-04 09:30:00 UTC" in run_html(view, clock=True)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_flow_appears_raw(kind):
    story = Story().begin(title=EVIL, name=EVIL)
    payload = dict.fromkeys(
        [
            "status",
            "reason",
            "code",
            "step",
            "name",
            "state",
            "id",
            "title",
            "unit",
            "lock",
            "by",
            "how",
            "text",
            "level",
            "logger",
            "message",
            "type",
            "where",
            "json",
            "repr",
            "artifact",
            "traceback",
        ],
        EVIL,
    )
    payload |= {
        "inputs": {EVIL: EVIL},
        "value": 1,
        "done": 1,
        "total": 2,
        "default": EVIL,
        "after": [EVIL],
        "timeout": 3,
    }
    payload |= {
        "schema": {"properties": {EVIL: {"type": EVIL, "description": EVIL, "default": EVIL}}},
        "error": error(message=EVIL),
    }
    payload |= {"mime": {"text/markdown": EVIL}} if kind == "display" else {}
    for told in (
        payload,
        {EVIL: {"json": EVIL}},
        EVIL,
        {"error": {EVIL: EVIL, "type": EVIL, "inputs": {EVIL: EVIL}}},
    ):
        story.say(kind, told, source=EVIL)
    markup = run_html(story.view, clock=True)
    parsed(markup)
    assert "<script" not in markup and "<img" not in markup and "\x1b" not in markup


@pytest.mark.parametrize(
    "mime",
    [
        "text/html",
        "text/plain",
        "text/markdown",
        "text/latex",
        "application/json",
        "image/png",
        "image/svg+xml",
        "x/y",
        EVIL,
    ],
)
def test_displays_cannot_break_out(mime):
    markup = run_html(Story().say("display", {"mime": {mime: EVIL, "text/plain": EVIL}}).view)
    parsed(markup)
    assert "<script" not in markup and "onerror='" not in markup


def test_html_of_a_flow_is_shut_into_a_frame_without_scripts_and_network():
    markup = run_html(
        Story().say("display", {"mime": {"text/html": "<b>bold</b>", "text/plain": "bold"}}).view
    )
    ((_, frame),) = [found for found in parsed(markup) if found[0] == "iframe"]
    assert (
        frame["sandbox"] == ""
        and "default-src 'none'" in frame["srcdoc"]
        and "<b>bold</b>" in frame["srcdoc"]
    )


def test_an_image_is_shown_with_its_text_as_alternative():
    markup = run_html(
        Story()
        .say("display", {"mime": {"image/png": PNG + "\n", "text/plain": "<Figure at 0x7f12ab34>"}})
        .view
    )
    assert f'<img alt="&lt;Figure&gt;" src="data:image/png;base64,{PNG}">' in markup


def test_an_artifact_is_referred_to():
    artifact = {"artifact": "ab" * 32, "bytes": 2_000_000}
    markup = run_html(Story().say("display", {"mime": {"image/png": artifact, "text/plain": "figure"}}).view)
    assert "image/png, 1.91 MiB, artifact abababababab" in markup


def test_displays_have_a_budget_and_say_what_they_leave_out():
    story = Story()
    for _ in range(10):
        story.say("display", {"mime": {"image/png": "A" * 40_000, "text/plain": "a figure"}})
    markup = run_html(story.view)
    assert len(markup) < 120_000
    assert "4 earlier displays are not shown here." in markup
    assert markup.count("too large to be shown here") == 4 and markup.count("<img") == 2


def test_an_open_question_shows_its_form_and_how_to_answer():
    schema = {
        "properties": {"release": {"type": "boolean", "description": "Publish it?"}},
        "required": ["release"],
    }
    story = (
        Story()
        .begin()
        .say("lock", {"lock": "l", "title": "Release?", "schema": schema, "timeout": 3600, "default": None})
    )
    markup = run_html(story.say("status", {"status": "awaiting"}).view)
    for part in (
        "Release?",
        "boolean",
        "Publish it?",
        "waits 1 h",
        f"%flow answer {RUN} release=…",
        ">awaiting<",
    ):
        assert part in markup


def test_an_error_shows_its_place_its_inputs_and_its_traceback():
    story = Story().begin().step("train#3", end="error", error=error(step="train#3"), inputs={"k": "0"})
    story.say("final", {"error": error(step="train#3")}).end("error", reason="train#3 failed")
    markup = run_html(story.view)
    for part in (
        "ValueError: k must be positive",
        "train#3 · Cell In[3], line 7",
        "<dt>k</dt><dd>0</dd>",
        "Traceback",
    ):
        assert part in markup
    assert markup.count("<pre>Traceback") == 1, "the step's error is the run's error and told once"


def test_a_run_that_ended_without_an_error_event_shows_its_reason():
    assert "the runner died" in run_html(
        Story().begin().end("error", reason="the runner died", code="KN305").view
    )


def test_the_end_of_a_long_traceback_is_kept():
    story = Story().say("error", error(traceback="first\n" + "x\n" * 8_000 + "last"))
    markup = run_html(story.view)
    assert "last</pre>" in markup and "first" not in markup and "earlier characters are not shown" in markup


def test_a_run_of_which_nothing_is_known_can_be_shown():
    assert "starting" in run_html(Story().view)


def test_a_flow_card_shows_its_parameters():
    schema = {
        "properties": {
            "folds": {"type": "integer", "default": 3, "description": "How many <folds>"},
            "model": {"$ref": "#/$defs/Model"},
            "since": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
            "names": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["model", "names"],
        "$defs": {"Model": {"enum": ["svm", "knn"]}},
    }
    meta = FlowMeta(
        name="search",
        title="Model search",
        summary="Tries <all>.",
        tags=("demo",),
        version="1.2",
        timeout=600,
    )
    markup = flow_html(meta, schema, ["load", "train"])
    parsed(markup)
    for part in (
        "Model search",
        "Tries &lt;all&gt;.",
        "version 1.2 · at most 10 min",
        "svm | knn",
        "date | null",
        "list of string",
        "How many &lt;folds&gt;",
        "<code>load</code>",
    ):
        assert part in markup


def test_a_list_of_runs_is_a_table_with_words_for_states():
    runs = [
        RunRecord(id=f"0k7q2mabcd{n}", flow="<search>", module="m", status=s, created=START)
        for n, s in enumerate(["running", "error"])
    ]
    markup = runs_html(runs)
    parsed(markup)
    assert "2 runs" in markup and ">running<" in markup and ">error<" in markup and "&lt;search&gt;" in markup
    assert "No runs" in runs_html([])
