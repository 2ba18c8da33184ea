from __future__ import annotations

import base64
import threading

import pandas as pd
import pytest

import kodonb as kb
from kodonb.flows.context import bound, in_run
from kodonb.model.errors import UsageError
from kodonb.session.memory import Memory
from tests.session import samples


def told(run, kind):
    return [event.payload for event in run.events(kind=kind, follow=False)]


@pytest.mark.filterwarnings("always:old:DeprecationWarning")
def test_print_logging_and_warnings_become_events_and_nothing_reaches_the_notebook(inline, capsys):
    run = samples.talks.submit()
    run.wait()
    assert [(e.source, e.payload["text"]) for e in run.events("stdout", follow=False)] == [
        ("flow", "hello\n"),
        ("speaks#1", "from a step\n"),
    ]
    assert told(run, "stderr") == [{"text": "oops\n"}]
    logged, warned = told(run, "log")
    assert (logged["level"], logged["logger"], logged["message"]) == ("WARNING", "my.lib", "careful 1")
    assert "samples.py, line" in logged["where"]
    assert (warned["logger"], warned["message"]) == ("py.warnings", "DeprecationWarning: old")
    assert capsys.readouterr() == ("", "")


def test_every_verb_makes_its_event(inline):
    run = samples.emits_everything.submit()
    run.wait()
    assert told(run, "agent") == [{"thought": 1}]
    assert told(run, "action") == ["doing"] and told(run, "debug") == [{"x": 1.5}]
    assert told(run, "metric") == [
        {"name": "loss", "value": 0.5, "step": None},
        {"name": "loss", "value": 0.25, "step": 2},
    ]
    markdown, html, text, table = (payload["mime"] for payload in told(run, "display"))
    assert (
        markdown["text/markdown"] == "**b**"
        and html["text/html"] == "<b>b</b>"
        and text == {"text/plain": "b"}
    )
    assert "<table" in table["text/html"] and "a" in table["text/plain"]
    bar = told(run, "progress")
    assert {"id", "title", "done", "total", "unit"} == set(bar[0])
    assert (bar[0]["done"], bar[-1]["done"], bar[-1]["total"], bar[-1]["title"]) == (0, 2, 2, "p")


def test_a_large_display_is_kept_beside_the_log(inline):
    run = samples.shows_much.submit()
    run.wait()
    [shown] = told(run, "display")
    kept = shown["mime"]["text/html"]
    assert kept["bytes"] == 100_007
    assert inline.artifacts.get(kept["artifact"]).decode() == "<p>" + "x" * 100_000 + "</p>"


def test_threads_that_a_flow_starts_belong_to_its_run(inline, capsys):
    run = samples.emits_from_threads.submit(n=50)
    assert run.result() == "joined"
    found = told(run, "debug")
    assert len(found) == 250
    for me in range(5):
        assert [i for who, i in found if who == me] == list(range(50))
    assert sorted(p["text"] for p in told(run, "stdout")) == [f"thread {me}\n" for me in range(5)]
    assert capsys.readouterr().out == ""


def test_what_threads_emit_after_the_function_returned_is_waited_for(inline):
    run = samples.emits_after_return.submit()
    assert run.result() == "returned"
    kinds = [event.kind for event in run.events(follow=False)]
    assert kinds[-4:] == ["debug", "stdout", "final", "status"]


def test_threads_of_the_notebook_do_not_belong_to_a_run_that_goes_on(inline, capsys):
    run = samples.asks.submit()
    next(iter(run.events(kind="lock")))
    seen = []

    def mine():
        seen.append(in_run())
        print("mine")

    thread = threading.Thread(target=mine)
    thread.start()
    thread.join()
    run.answer(yes=True)
    run.wait()
    assert seen == [False] and capsys.readouterr().out == "mine\n" and told(run, "stdout") == []


def test_threads_start_as_ever_when_no_run_is_left(inline):
    start = threading.Thread.start
    run = samples.asks.submit()
    next(iter(run.events(kind="lock")))
    assert threading.Thread.start is not start
    run.answer(yes=True)
    run.wait()
    thread = next((t for t in threading.enumerate() if t.name == f"kodonb-run-{run.id}"), None)
    if thread is not None:
        thread.join(5)
    assert threading.Thread.start is start


def test_an_event_that_is_too_large_is_told_and_the_run_goes_on(inline):
    run = samples.emits_too_much.submit()
    assert run.result() == "went on"
    [error] = told(run, "error")
    assert error["code"] == "KN307" and told(run, "debug") == []


# --- outside a run


def test_outside_a_run_the_verbs_show_what_a_person_wants_to_see(capsys):
    assert not in_run()
    kb.action("doing")
    kb.emit("agent", {"thought": 1})
    kb.result([1, 2])
    kb.text("plain")
    kb.markdown("**bold**")
    kb.html("<b>")
    kb.display(pd.DataFrame({"a": [1]}))
    kb.debug("quiet")
    kb.metric("quiet", 1)
    assert list(kb.progress(range(3), title="quiet")) == [0, 1, 2]
    out = capsys.readouterr().out
    assert out.startswith('action: doing\nagent: {"thought": 1}\nresult: [1, 2]\nplain\n**bold**\n')
    assert "quiet" not in out and "   a" in out


@pytest.mark.parametrize("kind", ["status", "final", "lock", "step", "meta", "inputs", "lease", "nonsense"])
def test_kinds_that_are_not_for_flows_are_refused(kind):
    with pytest.raises(UsageError) as caught:
        kb.emit(kind, {})
    assert caught.value.code == "KN005" and "action" in caught.value.remedy


# --- progress


def test_a_bar_counts_and_tells_its_last_state():
    class Seen:
        run, source = "r", "flow"

        def __init__(self):
            self.payloads = []

        def emit(self, kind, payload):
            self.payloads.append(payload)

    seen = Seen()
    with bound(seen):
        with kb.progress(total=10, title="by hand") as bar:
            for _ in range(4):
                bar.advance(2)
        assert bar.done == 8
        for _ in kb.progress(iter("ab")):
            break
        list(kb.progress(iter("abc")))
    ids = dict.fromkeys(payload["id"] for payload in seen.payloads)
    by_hand, broken, endless = ([payload for payload in seen.payloads if payload["id"] == bar] for bar in ids)
    assert (by_hand[0]["done"], by_hand[-1]["done"], by_hand[0]["total"]) == (0, 8, 10)
    assert broken[-1]["total"] is None and endless[-1]["done"] == 3


def test_images_are_measured_by_their_bytes(inline):
    body = b"\x89PNG" + bytes(70_000)
    context = inline.context("r1", "flow", Memory(inline))
    aside = context._aside("image/png", base64.b64encode(body).decode())
    assert aside["bytes"] == len(body) and inline.artifacts.get(aside["artifact"]) == body
    assert context._aside("application/json", {"a": 1}) == {"a": 1}
