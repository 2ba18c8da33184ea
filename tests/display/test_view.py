import tracemalloc
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kodonb.display import RunView, event_line, run_html, run_text
from kodonb.display.series import MAX_POINTS
from kodonb.display.stepbook import MAX_STEPS
from kodonb.display.tail import MAX_LINES
from kodonb.model.event import KINDS, Event
from tests.display.stories import RUN, START, Story, error, everything

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    [
        "status",
        "reason",
        "flow",
        "step",
        "name",
        "state",
        "attempt",
        "after",
        "seconds",
        "inputs",
        "error",
        "id",
        "title",
        "done",
        "total",
        "unit",
        "value",
        "lock",
        "schema",
        "timeout",
        "default",
        "by",
        "how",
        "text",
        "level",
        "logger",
        "message",
        "mime",
        "json",
        "artifact",
        "bytes",
        "traceback",
        "where",
    ]
)


def test_a_view_knows_what_every_kind_of_event_told():
    view = everything().view
    assert set(view.counts) == set(KINDS)
    assert (view.status, view.title, view.ended) == ("finished", "Model search", True)
    assert view.inputs == {"folds": {"json": 3}}
    assert view.final == {"json": {"best": "svm", "score": 0.98}}
    assert len(view.steps) == 43
    assert view.step_counts == {"finished": 42, "error": 1}
    assert view.metrics["loss"].last == 0.05
    assert [item.kind for item in view.notes] == ["action", "agent", "debug"]
    assert [len(found) for found in (view.results, view.displays, view.uploads, view.errors)] == [1, 2, 1, 1]
    assert [line.text for line in view.output.lines] == [
        "hello",
        "careful",
        "WARNING sklearn: did not converge",
    ]
    assert view.answers[0].title == "Release?" and view.answers[0].by == "ada"
    assert not view.questions


def test_events_taken_twice_change_nothing():
    story = everything()
    view = story.view
    shown = run_html(view), run_text(view)
    view.take_all(story.events)
    view.take_all(reversed(story.events))
    assert (run_html(view), run_text(view)) == shown
    assert view.last == len(story.events) - 1


def test_events_of_another_run_change_nothing():
    view = RunView("another")
    view.take_all(everything().events)
    assert view.last == -1 and not view.counts


def test_a_step_remembers_its_attempts_with_their_times():
    story = Story().step("train#1", end="error", error=error())
    assert story.view.steps["train#1"].error["message"] == "k must be positive"
    step = story.step("train#1", attempt=2).view.steps["train#1"]
    assert [(a.number, a.state, a.duration) for a in step.attempts] == [
        (1, "error", 0.5),
        (2, "finished", 0.5),
    ]
    assert step.attempts[1].submitted < step.attempts[1].started < step.attempts[1].ended
    assert step.state == "finished" and step.error is None


def test_bars_of_two_processes_with_the_same_number_are_two_bars():
    story = Story()
    for source in ("train#1", "train#2"):
        story.say(
            "progress", {"id": "p1", "title": source, "done": 1, "total": 2, "unit": "it"}, source=source
        )
    assert [bar.title for bar in story.view.progress.values()] == ["train#1", "train#2"]


def test_a_question_is_open_until_its_lease_or_the_end_of_the_run():
    ask = {"lock": "a", "title": "Go?", "schema": {}, "timeout": 5, "default": None}
    story = Story().say("lock", ask).say("lock", {**ask, "lock": "b"})
    assert list(story.view.questions) == ["a", "b"]
    assert list(
        story.say("lease", {"lock": "a", "by": "ada", "how": "answer", "value": 1}).view.questions
    ) == ["b"]
    assert not story.end("cancelled").view.questions


def test_a_final_error_is_told_from_a_final_value_that_has_a_field_of_that_name():
    assert Story().say("final", {"json": {"error": "fine"}}).view.error is None
    assert Story().say("final", {"error": error()}).view.error["type"] == "ValueError"


def test_a_run_that_was_ended_and_goes_on_is_not_ended():
    view = Story().end("error", reason="lost").say("status", {"status": "running"}).view
    assert not view.ended and view.ended_at is None and view.reason == ""


def test_a_clock_that_jumps_back_gives_no_negative_time():
    story = Story().begin()
    story.step("a#1")
    story.say("status", {"status": "finished"}, after=-100)
    assert story.view.elapsed == 0
    assert "-" not in story.view.steps["a#1"].duration.__repr__()


def test_a_tail_joins_pieces_and_keeps_what_a_terminal_would_show():
    story = Story().say("stdout", {"text": "one "}).say("stdout", {"text": "line\nfit: 1%\r"})
    story.say("stdout", {"text": "fit: 2%"}).say("stderr", {"text": "x\n"})
    output = story.view.output
    assert [(line.kind, line.text) for line in output.lines] == [
        ("stdout", "one line"),
        ("stdout", "fit: 2%"),
        ("stderr", "x"),
    ]
    assert output.count == 3


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_tail_counts_all_lines_and_holds_the_last(pieces):
    text = "".join(f"line {number}\n" for number in range(1000))
    story, size = Story(), -(-len(text) // pieces)
    for start in range(0, len(text), size):
        story.say("stdout", {"text": text[start : start + size]})
    output = story.view.output
    assert output.count == 1000
    assert [line.text for line in output.lines] == [
        f"line {number}" for number in range(1000 - MAX_LINES, 1000)
    ]


def test_a_metric_stays_bounded_and_true_at_its_ends():
    story = Story()
    for number in range(10_000):
        story.say("metric", {"name": "loss", "value": float(number)})
    series = story.view.metrics["loss"]
    assert len(series.points) <= MAX_POINTS
    assert (series.count, series.low, series.high, series.last) == (10_000, 0, 9_999, 9_999)
    gaps = {b.value - a.value for a, b in zip(series.points, series.points[1:], strict=False)}
    assert len(gaps) == 1, "the points that are held are spread evenly"


def test_steps_beyond_the_bound_are_counted():
    story = Story()
    for number in range(MAX_STEPS + 500):
        story.step(f"train#{number}")
    view = story.view
    assert len(view.steps) == MAX_STEPS and view.steps_cut == 500
    assert view.step_counts == {"finished": MAX_STEPS + 500}
    assert "500 earlier calls are not shown here." in run_html(view)


def test_steps_that_are_all_open_are_counted_when_they_end():
    story = Story()
    for number in range(MAX_STEPS + 5):
        story.step(f"train#{number}", end="submitted")
    for number in reversed(range(MAX_STEPS + 5)):
        story.say("step", {"step": f"train#{number}", "name": "train", "state": "finished", "attempt": 1})
    assert story.view.step_counts == {"finished": MAX_STEPS + 5}


def test_a_long_run_needs_no_more_memory_than_a_short_one():
    events = everything().events
    length = len(events)
    view = RunView(RUN)

    def follow(rounds):
        for turn in rounds:
            for event in events:
                at = event.at + timedelta(seconds=turn)
                view.take(
                    Event(
                        RUN,
                        turn * length + event.offset,
                        at,
                        event.kind,
                        f"{event.source}#{turn}",
                        event.payload,
                    )
                )

    follow(range(300))
    tracemalloc.start()
    follow(range(300, 600))
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 2_000_000
    assert len(view.displays) <= 50 and len(view.progress) <= 200


def test_a_payload_that_is_far_too_large_is_not_held():
    story = (
        Story()
        .say("result", {"json": "x" * 10_000_000})
        .say("display", {"mime": {"text/plain": "y" * 10_000_000}})
    )
    view = story.view
    assert "too large" in str(view.results[0].payload) and "too large" in run_html(view)
    assert len(run_html(view)) < 20_000


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KINDS), st.dictionaries(FIELDS, JSON, max_size=6) | JSON, st.text(max_size=5)
        ),
        max_size=12,
    )
)
@settings(max_examples=150, deadline=None)
def test_nothing_that_a_flow_may_emit_breaks_a_view_or_its_pictures(told):
    events = [Event(RUN, n, START, kind, source, payload) for n, (kind, payload, source) in enumerate(told)]
    view = RunView(RUN)
    view.take_all(events)
    for event in events:
        assert "\n" not in event_line(event)
    assert run_html(view).startswith("<div") and run_text(view)


def test_a_step_that_began_before_its_caller_said_so_is_not_set_back():
    story = Story()
    for state in ("running", "submitted"):
        told = {"step": "train#1", "name": "train", "state": state, "attempt": 1, "after": ["load#1"]}
        story.say("step", told, source="train#1")
    step = story.view.steps["train#1"]
    assert (step.state, list(step.after)) == ("running", ["load#1"])


def test_a_bar_tells_what_is_left_at_the_pace_so_far():
    story = Story().say("progress", {"id": "1", "title": "rows", "done": 0, "total": 10}, after=0)
    assert story.view.progress["flow", "1"].left is None
    story.say("progress", {"id": "1", "title": "rows", "done": 4, "total": 10}, after=8)
    assert story.view.progress["flow", "1"].left == pytest.approx(12)
    story.say("progress", {"id": "1", "title": "rows", "done": 0, "total": 10}, after=1)  # begun anew
    assert story.view.progress["flow", "1"].left is None
    story.say("progress", {"id": "2", "title": "more", "done": 4, "total": None}, after=1)
    assert story.view.progress["flow", "2"].left is None
