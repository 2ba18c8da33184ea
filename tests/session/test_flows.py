from __future__ import annotations

import pandas as pd
import pytest

import kodonb as kb
from kodonb.flows.register import find
from kodonb.model.errors import InputsError, RunError, RunFailed, SessionError, UsageError
from kodonb.model.settings import settings
from kodonb.session import attach
from kodonb.session.inline import InlineSession
from tests.events.makers import MODULE, record
from tests.session import samples


def values(run, kind="result"):
    return [run.value(event) for event in run.events(kind=kind, follow=False)]


def test_a_flow_returns_its_result(inline):
    run = samples.double.submit(n=4)
    assert run.result() == 8 and run.status == "finished"


def test_defaults_fill_in_what_is_not_given(inline):
    assert samples.double.submit().result() == 6


def test_a_model_whose_fields_have_aliases_is_an_input(inline):
    run = samples.names.submit(place=samples.Place(Name="Ulm"))
    assert run.result() == "Ulm" == run.retry().result()


def test_calling_a_flow_makes_no_run(inline):
    assert samples.double(5) == 10
    assert kb.runs().empty


def test_wrong_inputs_start_nothing(inline):
    for wrong in ({"n": "many"}, {"m": 1}):
        with pytest.raises(InputsError) as caught:
            samples.double.submit(**wrong)
        assert caught.value.code == "KN010"
    assert kb.runs().empty


def test_an_asynchronous_flow_returns_its_result(inline):
    assert samples.waits.submit(n=1).result() == 2


def test_what_a_generator_yields_are_results_on_the_way(inline):
    run = samples.yields.submit(n=3)
    assert run.result() == [{"i": 0}, {"i": 1}, {"i": 2}]
    assert values(run) == run.result()
    run = samples.yields_and_returns.submit(n=2)
    assert run.result() == "done" and values(run) == [0, 1]


def test_what_an_asynchronous_generator_yields_are_results_on_the_way(inline):
    run = samples.yields_async.submit(n=3)
    assert run.result() == values(run) == [0, 1, 2]


def test_results_are_objects_of_the_very_classes_of_the_notebook(inline):
    run = samples.makes_points.submit(n=2)
    assert run.result() == [samples.Point(x=0), samples.Point(x=1)]
    assert {type(point) for point in [*run.result(), *values(run)]} == {samples.Point}


def test_results_are_the_same_in_another_session(inline, home):
    run = samples.makes_points.submit(n=1)
    run.wait()
    kb.disconnect()
    assert [type(point) for point in kb.attach(run.id).result()] == [samples.Point]


def test_frames_and_large_results_come_back(inline, home):
    pd.testing.assert_frame_equal(samples.makes_frame.submit().result(), pd.DataFrame({"a": [0, 1, 2]}))
    run = samples.makes_much.submit()
    assert run.result() == b"x" * 100_000
    [final] = run.events(kind="final", follow=False)
    assert (home / "artifacts" / final.payload["artifact"][:2] / final.payload["artifact"]).exists()


def test_a_result_that_cannot_be_kept_fails_the_run(inline):
    with pytest.raises(RunFailed, match="Unkeepable cannot be kept") as caught:
        samples.makes_unkeepable.submit().result()
    assert caught.value.code == "KN312"


def test_a_run_knows_where_it_comes_from(inline):
    run = samples.double.submit(n=1)
    run.wait()
    record = run.record
    assert (record.flow, record.title, record.tags, record.author) == ("double", "Double", ("a", "b"), "ada")
    assert "@" in record.user and record.cluster == inline.cluster
    assert record.created <= record.started <= record.ended
    first, inputs, *_ = run.events(follow=False)
    assert (
        first.payload["flow"]["summary"] == "Doubles a number."
        and first.payload["module"]["hash"] == record.module
    )
    assert inputs.payload == {"n": {"json": 1}}
    assert "def double" in run.code()


def test_what_a_run_emits_is_framed_by_its_life(inline):
    run = samples.double.submit()
    run.wait()
    kinds = [event.kind for event in run.events(follow=False)]
    assert kinds == ["meta", "inputs", "status", "status", "final", "status"]
    assert [e.payload["status"] for e in run.events("status", follow=False)] == [
        "starting",
        "running",
        "finished",
    ]


def test_many_runs_at_once_do_not_mix(inline):
    runs = [samples.emits_much.submit(n=300) for _ in range(6)]
    for run in runs:
        run.wait(30)
        assert [event.payload for event in run.events(kind="debug", follow=False)] == list(range(300))


def test_another_session_reads_a_run_but_cannot_wait_for_it(inline, trace):
    other = InlineSession(settings())
    run = samples.sleeps.submit(path=str(trace), seconds=0.3)
    trace.wait()
    next(iter(run.events(kind="status", after=2)))  # that it runs is in the log
    seen = attach(run.id, other)
    assert seen.status == "running" and len(list(seen.events(follow=False))) >= 4
    with pytest.raises(SessionError) as caught:
        seen.wait(5)
    assert caught.value.code == "KN405"
    run.wait()
    assert seen.wait(5).result() == "slept"
    other.close()


def test_flows_run_on_postgresql(home, postgres, monkeypatch):
    monkeypatch.setenv("KODONB_STORE", postgres)
    kb.connect("inline")
    run = samples.makes_points.submit(n=2)
    assert run.result() == [samples.Point(x=0), samples.Point(x=1)]
    assert samples.makes_much.submit().result() == b"x" * 100_000
    assert kb.runs(flow="makes_points")["id"].tolist() == [run.id]


def test_running_a_flow_does_not_replace_the_one_that_is_known(inline):
    samples.emits_much.submit(n=1).wait()
    assert find("emits_much") is samples.emits_much


def test_a_flow_of_an_unknown_name_is_told():
    with pytest.raises(UsageError, match="'duoble'") as caught:
        find("duoble")
    assert caught.value.code == "KN002" and "double" in caught.value.remedy


def test_an_unknown_session_is_refused():
    with pytest.raises(UsageError) as caught:
        kb.connect("cloud")
    assert caught.value.code == "KN007"


def test_negative_retries_are_refused():
    with pytest.raises(kb.KodonbError) as caught:
        kb.flow(retries=-1)(lambda: None)
    assert caught.value.code == "KN204"


def test_a_session_that_is_closed_ends_its_runs_and_lets_everybody_go(inline, trace):
    run, asking = samples.sleeps.submit(path=str(trace), seconds=1.5), samples.asks.submit()
    trace.wait()
    pages = [inline.page(run.id, 1000), inline.page(asking.id, 1000)]
    inline.close()
    assert all(page.result(5).over for page in pages)
    again = kb.connect("inline")
    for each in (run, asking):
        assert again.log.find(each.id).status == "cancelled"
        assert "session was closed" in again.log.find(each.id).reason


def test_a_run_of_another_process_cannot_be_cancelled_here(inline):
    inline.log.create(record("elsewhere"), MODULE, [])
    with pytest.raises(RunError) as caught:
        kb.attach("elsewhere").cancel()
    assert caught.value.code == "KN311"
