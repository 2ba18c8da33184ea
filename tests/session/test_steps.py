from __future__ import annotations

import time
from collections import Counter

import pytest

import kodonb as kb
from kodonb.model.errors import FlowError, RunFailed
from tests.session import samples


def states(run, step=None):
    told = [event.payload for event in run.events(kind="step", follow=False)]
    return [p["state"] for p in told if step in {None, p["step"]}]


def of_state(run, state):
    return [p for p in (e.payload for e in run.events(kind="step", follow=False)) if p["state"] == state]


def test_futures_are_found_in_lists_tuples_and_dicts(inline):
    run = samples.nests_futures.submit()
    assert run.result() == 1 + 4 + 10 + 9
    assert run.graph() == {
        "square#1": [],
        "square#2": [],
        "square#3": [],
        "total#1": ["square#1", "square#2", "square#3"],
    }


def test_what_a_step_was_given_is_told_by_name(inline):
    run = samples.nests_futures.submit()
    run.wait()
    given = {p["step"]: p["inputs"] for p in of_state(run, "submitted")}
    assert given["square#2"] == {"x": "2"}
    assert given["total#1"] == {"tree": "{'list': [square#1, square#2, 10], 'more': ({'deep': square#3},)}"}


def test_a_step_is_mapped_over_items_and_futures_may_be_arguments(inline):
    run = samples.maps.submit(n=5)
    assert run.result() == [[0, 1, 4, 9, 16], 30]
    assert run.graph()["add#1"] == [f"square#{i}" for i in range(1, 6)]


def test_asynchronous_flows_await_steps_and_steps_may_be_asynchronous(inline):
    assert samples.awaits_steps.submit(n=3).result() == [9, [0, 1, 4]]
    assert samples.has_async_step.submit().result() == 9


def test_a_step_goes_through_its_states(inline):
    run = samples.nests_futures.submit()
    run.wait()
    assert states(run, "square#1") == ["submitted", "running", "finished"]
    [finished] = [p for p in of_state(run, "finished") if p["step"] == "square#3"]
    assert finished["value"] == {"json": 9} and finished["seconds"] >= 0 and finished["attempt"] == 1


def test_a_failing_step_is_tried_again_with_growing_pauses(inline, trace):
    run = samples.retries_step.submit(path=str(trace))
    assert run.result() == 3
    told = [(e.payload["state"], e.payload["attempt"], e.at) for e in run.events(kind="step", follow=False)]
    assert [(state, attempt) for state, attempt, _ in told] == [
        ("submitted", 1),
        *(("running", 1), ("error", 1), ("running", 2), ("error", 2), ("running", 3), ("finished", 3)),
    ]
    pauses = [(told[i + 1][2] - told[i][2]).total_seconds() for i in (2, 4)]
    assert pauses[0] >= 0.009 and pauses[1] >= 0.019


@pytest.mark.parametrize("kind", ["plain", "async"])
def test_a_step_that_takes_too_long_is_ended(inline, kind):
    began = time.monotonic()
    run = samples.times_out.submit(kind=kind)
    assert run.result(10) == "KN303" and time.monotonic() - began < 4
    [error] = of_state(run, "error")
    assert "longer than 0.1 s" in error["error"]["message"]


def test_a_cached_result_serves_later_runs(inline, trace):
    for _ in range(2):
        assert samples.uses_cache.submit(path=str(trace), x=1).result() == 2
    assert samples.uses_cache.submit(path=str(trace), x=2).result() == 3
    assert trace.lines() == ["cached 1", "cached 2"]
    assert states(kb.attach(kb.runs()["id"][1])) == ["submitted", "cached"]


def test_a_retry_replays_finished_steps_and_executes_the_rest(inline, trace):
    run = samples.breaks_in_the_end.submit(path=str(trace))
    with pytest.raises(RunFailed, match="broken"):
        run.result()
    trace.path.with_suffix(".mended").touch()
    again = run.retry()
    assert again.result() == 3 and again.record.retry_of == run.id and again.id != run.id
    assert sorted(trace.lines()) == ["counted 0", "counted 1", "counted 2"]
    assert Counter(states(again)) == {"submitted": 5, "replayed": 4, "running": 1, "finished": 1}


def test_equal_calls_are_replayed_one_by_one_in_their_order(inline, trace):
    run = samples.draws.submit(path=str(trace))
    run.wait()
    trace.path.with_suffix(".mended").touch()
    assert run.retry().result() == [1, 2, 3, 0]
    assert len(trace.lines()) == 3


def test_a_retry_of_a_retry_replays_everything(inline):
    run = samples.maps.submit(n=2)
    run.wait()
    once = run.retry()
    once.wait()
    twice = once.retry()
    assert twice.result() == run.result()
    assert Counter(states(twice)) == {"submitted": 3, "replayed": 3}


def test_a_flow_that_is_tried_again_replays_its_finished_steps(inline, trace):
    run = samples.tries_again.submit(path=str(trace))
    assert run.result() == 1
    assert trace.lines() == ["counted 1", "flow", "flow", "flow"]
    assert states(run) == [
        "submitted",
        "running",
        "finished",
        "submitted",
        "replayed",
        "submitted",
        "replayed",
    ]
    assert [e.payload["message"] for e in run.events(kind="error", follow=False)] == ["not yet"] * 2


def test_nested_steps_never_wait_for_threads_they_occupy(inline):
    run = samples.nests_steps.submit(width=8, depth=3)
    assert run.result(20) == 8 * (0 + 1 + 4)
    graph = run.graph()
    assert "outer#1/inner#1" in graph and "outer#8/inner#3/square#1" in graph and len(graph) == 8 * 7


def test_steps_of_threads_of_steps_never_wait_for_them_either(inline):
    run = samples.nests_steps_in_threads.submit(n=8)
    assert run.result(20) == sum(n * n for n in range(8))
    assert "nested_in_thread#1/square#1" in run.graph()


def test_steps_that_nobody_waits_for_are_finished_with_the_run(inline):
    run = samples.returns_before_its_steps.submit()
    assert run.result() == "early"
    assert len(of_state(run, "finished")) == 3


def test_a_failing_step_leaves_what_depends_on_it_undone(inline):
    run = samples.divides.submit()
    run.wait()
    assert states(run, "divide#1") == ["submitted", "running", "error"]
    assert states(run, "add#1") == ["submitted", "cancelled"]
    [told] = of_state(run, "cancelled")
    assert told["error"]["step"] == "divide#1"


def test_a_flow_may_catch_what_a_step_raises(inline):
    assert samples.catches.submit().result() == "caught division by zero"


def test_a_step_that_leaves_python_fails(inline):
    with pytest.raises(RunFailed, match=r"leaves#1 called sys.exit\(3\)"):
        samples.has_leaving_step.submit().result()


def test_wrong_arguments_are_told_where_the_step_is_submitted():
    with pytest.raises(FlowError, match=r"step square: .*'x'"):
        samples.square.submit()


def test_outside_a_run_steps_run_in_threads_of_this_process():
    squares = samples.square.map(range(4))
    assert samples.add.submit(*squares).result(10) == 14
    assert samples.square_async.submit(3).result(10) == 9
    assert samples.outer.submit(3).result(10) == 5
    with pytest.raises(ZeroDivisionError):
        samples.divide.submit(1, 0).result(10)
