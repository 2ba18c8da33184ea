from __future__ import annotations

import asyncio
import inspect
import threading
import time

import pytest

import kodonb as kb
from kodonb.model.errors import Cancelled, RunError, RunFailed, RunTimeout
from kodonb.model.event import Batch
from kodonb.session.interrupt import Interruptible, run_coroutine
from tests.events.makers import create, row
from tests.session import samples


def line_of(function, text):
    lines, first = inspect.getsourcelines(function)
    return first + next(number for number, line in enumerate(lines) if text in line)


def final(run):
    [event] = run.events(kind="final", follow=False)
    return event.payload


# --- cancelling


CANCELLED = [
    "spins",
    "spins_and_complains",
    "waits_for_spinning_step",
    "waits_for_queued_steps",
    "sleeps_async",
]


@pytest.mark.parametrize("name", CANCELLED)
def test_a_cancelled_run_ends_at_once(inline, trace, name):
    run = getattr(samples, name).submit(path=str(trace))
    trace.wait()
    began = time.monotonic()
    run.cancel(grace=10)
    assert time.monotonic() - began < 4
    assert (run.status, run.record.reason) == ("cancelled", "cancelled")
    assert final(run)["error"]["code"] == "KN302"
    with pytest.raises(RunFailed, match="was cancelled") as caught:
        run.result()
    assert caught.value.code == "KN302"


def test_the_steps_of_a_cancelled_run_end_too(inline, trace):
    run = samples.waits_for_queued_steps.submit(path=str(trace))
    trace.wait(2)
    run.cancel(grace=10)
    begun = [line for line in trace.lines() if line == "spinning"]
    assert trace.lines().count("ended") == len(begun) < 20
    told = {}
    for event in run.events(kind="step", follow=False):
        told[event.payload["step"]] = event.payload["state"]
    assert len(told) == 20 and set(told.values()) == {"cancelled"}


def test_code_that_cannot_be_ended_is_given_up_after_its_grace(inline, trace):
    run = samples.sleeps.submit(path=str(trace), seconds=1)
    trace.wait()
    run.cancel(grace=0.1)
    assert run.status == "cancelled" and "did not end within 0.1 s" in run.record.reason
    count = run.record.events
    time.sleep(1)
    assert (run.status, run.record.events) == ("cancelled", count)


def test_a_run_that_has_ended_cannot_be_cancelled(inline):
    run = samples.double.submit()
    run.wait()
    with pytest.raises(RunError) as caught:
        run.cancel()
    assert caught.value.code == "KN311" and run.status == "finished"


def test_cancelling_twice_is_cancelling_once(inline, trace):
    run = samples.sleeps.submit(path=str(trace), seconds=0.3)
    trace.wait()
    threads = [threading.Thread(target=run.cancel, args=(10,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = [event.payload["status"] for event in run.events(kind="status", follow=False)]
    assert statuses == ["starting", "running", "cancelled"]


# --- time limits


@pytest.mark.parametrize("name", ["never_ends", "asks_too_long"])
def test_a_run_that_takes_too_long_fails(inline, name):
    run = getattr(samples, name).submit()
    with pytest.raises(RunFailed, match="took longer than") as caught:
        run.result(10)
    assert caught.value.code == "KN303" and run.status == "error"


# --- errors


def test_an_error_says_where_it_was_raised_and_what_the_step_was_given(inline):
    run = samples.divides.submit(a=1, b=0)
    with pytest.raises(RunFailed) as caught:
        run.result()
    error = final(run)["error"]
    line = line_of(samples.divide.function, "return a / b")
    assert (error["type"], error["message"], error["code"]) == (
        "ZeroDivisionError",
        "division by zero",
        "KN301",
    )
    assert (error["step"], error["inputs"]) == ("divide#1", {"a": "1", "b": "0"})
    assert error["where"].endswith(f"samples.py, line {line}")
    assert "return a / b" in error["traceback"] and "kodonb/" not in error["traceback"]
    assert run.record.reason == "ZeroDivisionError: division by zero"
    assert (caught.value.run, caught.value.where) == (run.id, error["where"])
    assert error["traceback"].rstrip() in str(caught.value)


def test_an_attempt_that_failed_says_so_in_its_event(inline):
    run = samples.divides.submit()
    run.wait()
    [error] = [e.payload["error"] for e in run.events("step", follow=False) if e.payload["state"] == "error"]
    assert error["inputs"] == {"a": "1", "b": "0"} and error["type"] == "ZeroDivisionError"


@pytest.mark.parametrize("code", [0, 3])
def test_a_flow_that_leaves_python_ends_the_run_only(inline, code):
    run = samples.leaves_python.submit(code=code)
    with pytest.raises(RunFailed):
        run.result()
    assert (run.status, run.record.reason) == ("error", f"SystemExit: {code}")


def test_an_error_that_cannot_say_what_it_is_ends_its_run(inline):
    run = samples.raises_rudely.submit()
    with pytest.raises(RunFailed):
        run.result(10)
    assert run.record.reason.startswith("Rude: ")


def test_a_run_that_has_not_ended_cannot_be_retried(inline):
    run = samples.asks.submit()
    with pytest.raises(RunError, match="is still") as caught:
        run.retry()
    assert caught.value.code == "KN311"


def test_a_result_told_by_a_runner_that_then_died_does_not_count(inline):
    create(inline.log)
    inline.log.append([Batch("r1", "flow", 0, [row("final", {"json": 1})])])
    inline.log.settle("r1", "error", "runner died", "KN305", 1)
    with pytest.raises(RunFailed, match="runner died") as caught:
        kb.attach("r1").result()
    assert caught.value.code == "KN305"


# --- ending a block of code


def spin():
    while True:
        time.sleep(0.001)


def ended_in_thread(work, reasons, before=0.02):
    """Run work in a thread, interrupt it, and return how it ended."""
    block, outcome, begun = Interruptible(), [], threading.Event()

    def target():
        try:
            with block:
                begun.set()
                outcome.append(work())
        except BaseException as error:  # noqa: BLE001 - whatever ends it
            outcome.append(error)
        time.sleep(0.01)  # what strikes too late strikes here
        outcome.append("alive")

    thread = threading.Thread(target=target)
    thread.start()
    begun.wait()
    time.sleep(before)
    for reason in reasons:
        block.interrupt(reason)
    thread.join(5)
    assert not thread.is_alive()
    return block.reason, outcome


def test_a_block_is_ended_from_another_thread():
    reason, (error, alive) = ended_in_thread(spin, ["first", "second"])
    assert (reason, type(error), alive) == ("first", Cancelled, "alive")


def test_a_sleeping_event_loop_is_woken_to_be_ended():
    _, (error, _) = ended_in_thread(lambda: run_coroutine(asyncio.sleep(60)), ["now"])
    assert type(error) is Cancelled


def test_a_block_that_was_ended_before_it_began_does_not_begin():
    block = Interruptible()
    block.interrupt("too late")
    with pytest.raises(Cancelled, match="too late"), block:
        raise AssertionError("must not run")


def test_nothing_strikes_after_the_block():
    for _ in range(200):
        block = Interruptible()
        with block:
            pass
        block.interrupt("late")
    _, (value, alive) = ended_in_thread(lambda: 5, ["late"])
    assert (value, alive) == (5, "alive")


def test_what_strikes_at_the_very_end_of_a_block_does_not_leave_it_later():
    for _ in range(50):
        _, outcome = ended_in_thread(lambda: 5, ["now"], before=0)
        assert outcome[-1] == "alive" and len(outcome) in {2, 3}


def test_in_the_main_thread_a_system_call_is_ended_too():
    block = Interruptible()
    threading.Timer(0.05, block.interrupt, ["now"]).start()
    began = time.monotonic()
    with pytest.raises(Cancelled, match="now"), block:
        time.sleep(30)
    assert time.monotonic() - began < 5


# --- waiting


def test_waiting_gives_up_in_time_and_the_run_goes_on(inline):
    run = samples.asks.submit()
    with pytest.raises(RunTimeout, match="has not ended in time") as caught:
        run.wait(timeout=0.05)
    assert caught.value.code == "KN303" and run.id in caught.value.remedy
    with pytest.raises(RunTimeout):
        run.result(timeout=0)
    next(iter(run.events(kind="lock")))
    assert run.status == "awaiting"
    assert not inline._pages  # who has given up is not remembered
    run.answer(yes=True)
    assert run.wait(10) is run and run.wait(timeout=0).status == "finished"
