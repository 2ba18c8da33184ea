"""What widgets are made of, without a kernel."""

from __future__ import annotations

import time

import msgspec
import pytest

from kodonb.display import RunView
from kodonb.model.errors import InputsError, SessionError, UsageError
from kodonb.model.settings import settings
from kodonb.session import attach
from kodonb.session.inline import InlineSession
from kodonb.widgets import RunWidget
from kodonb.widgets.files import LIMIT, Files
from kodonb.widgets.messages import Bar, Counts, Head, Question, Sections, Upload
from kodonb.widgets.numbered import STATE_BYTES, Numbered
from kodonb.widgets.sections import sections
from tests.display.stories import Story
from tests.session import samples


def head(**changes):
    told = {
        "run": "r", "short": "r", "title": "t", "flow": "f", "status": "running", "word": "running", "icon": "",
        "tone": "live", "facts": "", "elapsed": 1.0, "ended": False, "events": 3,
    }  # fmt: skip
    return Head(**{**told, **changes})


def test_only_what_changed_is_told_and_each_push_has_the_next_number():
    numbered = Numbered("r")
    first, _ = numbered.push(Sections(head=head(), inputs="<p>x</p>"))
    second, _ = numbered.push(Sections(head=head(events=4), inputs="<p>x</p>"))
    assert (first.number, second.number) == (1, 2)
    assert second.sections.head.events == 4 and second.sections.inputs is None


def test_that_time_went_by_is_no_news():
    numbered = Numbered("r")
    numbered.push(Sections(head=head()))
    assert numbered.push(Sections(head=head(elapsed=2.0))) is None
    assert numbered.push(Sections(head=head(elapsed=2.0, ended=True))) is not None


def test_a_part_that_became_empty_is_told():
    numbered = Numbered("r")
    numbered.push(Sections(trouble="<p>oh</p>"))
    push, _ = numbered.push(Sections(trouble=""))
    assert push.sections.trouble == "" and "trouble" in msgspec.to_builtins(push)["sections"]


def test_who_missed_pushes_gets_the_latest_of_each_section():
    numbered = Numbered("r")
    numbered.push(Sections(head=head(), inputs="a"))
    numbered.push(Sections(head=head(events=9)))
    late = numbered.since(1)
    assert late.number == 2 and late.sections.head.events == 9 and late.sections.inputs is None
    assert numbered.since(0).sections.inputs == "a"


def test_who_comes_late_is_told_the_time_of_now(monkeypatch):
    numbered = Numbered("r")
    asked = Question(lock="l", title="t", source="flow", about="", schema={}, default=None, left=60.0)
    numbered.push(Sections(head=head(elapsed=5.0), questions=(asked,)))
    now = time.monotonic()
    monkeypatch.setattr("kodonb.widgets.numbered.time.monotonic", lambda: now + 20)
    late = numbered.since(0).sections
    assert late.head.elapsed == pytest.approx(25, abs=1) and late.questions[0].left == pytest.approx(
        40, abs=1
    )
    assert numbered.state()["sections"]["head"]["elapsed"] == pytest.approx(25, abs=1)


def test_the_trait_never_outgrows_its_bound():
    numbered = Numbered("r")
    bars = tuple(
        Bar(id=f"{n}", title="t" * 60, done=1, total=2, unit="", left=None, said="", complete=False)
        for n in range(900)
    )
    numbered.push(Sections(head=head(), progress=bars, counts=Counts(kinds={"debug": 1}, sources=("flow",))))
    state = numbered.state()
    assert len(msgspec.json.encode(state)) <= STATE_BYTES
    assert "progress" not in state["sections"] and state["sections"]["head"]["run"] == "r"
    assert list(state["sections"]["counts"]["sources"]) == ["flow"]


def test_everything_that_the_static_picture_shows_is_in_a_section():
    story = (
        Story()
        .say("stdout", {"text": "hello\n"})
        .say("progress", {"id": "1", "title": "rows", "done": 1, "total": 4})
    )
    made = sections(story.view)
    assert "hello" in made.output and made.progress[0].said.startswith("1 / 4")
    assert made.head.events == story.view.last + 1 and made.counts.kinds["stdout"] == 1


def test_a_run_of_which_nothing_is_known_yet_has_all_sections_too():
    made = sections(RunView("r"))
    assert made.head.elapsed is None and made.trouble == "" and made.questions == ()


def upload(**changes):
    return Upload(**({"id": 1, "file": "f", "name": "a.bin", "size": 4, "first": 0} | changes))


def test_a_file_is_put_together_and_used_once():
    files = Files()
    files.take(upload(), b"ab")
    files.take(upload(first=2), b"cd")
    assert files.put_in({"x": {"deep": [{"file": "f"}]}, "y": 1}) == {"x": {"deep": [b"abcd"]}, "y": 1}
    with pytest.raises(InputsError) as caught:
        files.put_in({"x": {"file": "f"}})
    assert [p.field for p in caught.value.problems] == ["x"]


def test_a_file_that_is_sent_again_begins_anew():
    files = Files()
    files.take(upload(), b"xxxx")
    files.take(upload(), b"abcd")
    assert files.put_in({"x": {"file": "f"}}) == {"x": b"abcd"}


@pytest.mark.parametrize(
    "wrong",
    [upload(first=1), upload(size=1), upload(size=LIMIT + 1)],
    ids=["gap", "more than said", "too large"],
)
def test_a_piece_that_does_not_fit_is_refused_in_words(wrong):
    with pytest.raises(UsageError, match=r"a\.bin") as caught:
        Files().take(wrong, b"ab")
    assert caught.value.remedy


def test_a_file_that_is_not_whole_is_missing():
    files = Files()
    files.take(upload(), b"ab")
    with pytest.raises(InputsError):
        files.put_in({"x": {"file": "f"}})


def test_a_view_that_cannot_follow_says_why(inline, tmp_path):
    run = samples.sleeps.submit(path=str(tmp_path / "trace"), seconds=0.3)
    other = InlineSession(settings())
    widget = RunWidget(attach(run.id, other))
    with pytest.raises(SessionError):
        widget.followed.result(10)
    assert "KN405" in widget._numbered.since(0).sections.trouble
    widget.close()
    run.wait()
    other.close()
