from __future__ import annotations

import threading

import pytest

import kodonb as kb
from kodonb.model.errors import InputsError, RunError, RunFailed
from tests.session import samples
from tests.session.follow import answer_all, wait_for_lock


def leases(run):
    return [event.payload for event in run.events(kind="lease", follow=False)]


def statuses(run):
    return [event.payload["status"] for event in run.events(kind="status", follow=False)]


def refused(kind, ask):
    with pytest.raises(kind) as caught:
        ask()
    assert caught.value.remedy
    return caught.value.code


def test_a_question_parks_the_run_until_it_is_answered(inline):
    run = samples.asks.submit()
    [asked] = wait_for_lock(run)
    assert run.status == "awaiting"
    assert (asked.id, asked.title, asked.source) == ("flow.1", "Go on?", "flow")
    assert set(asked.schema["properties"]) == {"yes", "why"}
    run.answer(yes=True, why="because", by="ada@here")
    assert run.result() == {"yes": True, "why": "because"}
    assert leases(run) == [
        {"lock": "flow.1", "by": "ada@here", "how": "answer", "value": {"yes": True, "why": "because"}}
    ]
    assert statuses(run) == ["starting", "running", "awaiting", "running", "finished"]
    assert run.locks() == []


def test_when_answering_returns_the_log_has_the_answer(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    run.answer(yes=True)
    assert len(leases(run)) == 1 and run.status != "awaiting"


def test_an_answer_is_kept_under_the_names_of_its_form(inline):
    run = samples.asks_by_alias.submit()
    wait_for_lock(run)
    run.answer(**{"at once": True})
    assert run.result() is True
    assert leases(run)[0]["value"] == {"at once": True}


def test_text_of_a_form_is_read_as_what_the_question_wants(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    run.answer(yes="true")
    assert run.result()["yes"] is True


def test_an_answer_that_does_not_fit_leaves_the_question_open(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    with pytest.raises(InputsError) as caught:
        run.answer(yes="perhaps", why=[])
    assert caught.value.code == "KN310" and [problem.field for problem in caught.value.problems] == [
        "yes",
        "why",
    ]
    assert len(run.locks()) == 1
    run.answer(yes=False)
    assert run.result()["yes"] is False


def test_a_question_is_answered_once(inline):
    run = samples.asks_twice.submit()
    wait_for_lock(run)
    run.answer("flow.1", yes=True, by="ada")
    run.answer("flow.1", yes=True, by="ada")  # the same again is one that was repeated on its way
    assert refused(RunError, lambda: run.answer("flow.1", yes=True, by="bob")) == "KN308"
    assert refused(RunError, lambda: run.answer("flow.1", yes=False, by="ada")) == "KN308"
    wait_for_lock(run)
    run.answer(yes=False)
    assert run.result() == [True, False] and len(leases(run)) == 2
    assert refused(RunError, lambda: run.answer("flow.1", yes=False, by="bob")) == "KN308"


def test_one_of_many_who_answer_at_once_is_heard(inline):
    run = samples.asks.submit()
    wait_for_lock(run)
    heard, late = [], []

    def answer(who):
        try:
            run.answer("flow.1", yes=True, by=who)
            heard.append(who)
        except RunError as error:
            late.append(error.code)

    threads = [threading.Thread(target=answer, args=(f"p{number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 1 and set(late) == {"KN308"} and len(late) == 5
    assert [lease["by"] for lease in leases(run)] == heard


def test_which_of_several_questions_is_answered_must_be_said(inline):
    run = samples.asks_in_steps.submit()
    locks = wait_for_lock(run, 2)
    assert {lock.id for lock in locks} == {"asking#1.1", "asking#2.1"}
    with pytest.raises(RunError, match=r"asking#1\.1, asking#2\.1") as caught:
        run.answer(yes=True)
    assert caught.value.code == "KN309"
    for lock in locks:
        run.answer(lock.id, yes=lock.title == "one")
    assert run.result() == [True, False]


def test_nothing_to_answer_is_told(inline):
    run = samples.double.submit()
    run.wait()
    assert refused(RunError, lambda: run.answer(yes=True)) == "KN309"
    assert refused(RunError, lambda: run.answer("flow.7", yes=True)) == "KN309"


def test_a_question_without_an_answer_in_time_fails_the_run(inline):
    with pytest.raises(RunFailed, match=r"nobody answered 'Go on\?' within 0\.05 s") as caught:
        samples.asks.submit(timeout=0.05).result()
    assert caught.value.code == "KN303"
    run = kb.attach("last")
    assert [(lease["how"], lease["value"]) for lease in leases(run)] == [("expired", None)]


def test_a_question_with_a_default_takes_it_in_time(inline):
    run = samples.asks.submit(timeout=0.05, default=True)
    assert run.result() == {"yes": True, "why": ""}
    assert [(lease["how"], lease["by"]) for lease in leases(run)] == [("default", "timeout")]
    assert refused(RunError, lambda: run.answer(yes=False)) == "KN308"


def test_an_asynchronous_flow_asks_without_blocking_its_loop(inline):
    run = samples.asks_async.submit()
    wait_for_lock(run)
    run.answer(yes=True)
    assert run.result() is True


@pytest.mark.parametrize("name", ["asks", "asks_async", "asks_in_steps", "survives_exceptions"])
def test_cancelling_ends_a_run_that_waits_for_an_answer(inline, name):
    run = getattr(samples, name).submit()
    wait_for_lock(run, 2 if name == "asks_in_steps" else 1)
    run.cancel(grace=10)
    assert run.wait(1).status == "cancelled"
    assert {lease["how"] for lease in leases(run)} == {"expired"}
    assert refused(RunError, lambda: run.answer(run.session.log.locks(run.id)[0].id, yes=True)) == "KN308"


def test_a_retried_run_asks_again_and_replays_its_steps(inline):
    for _ in range(5):  # what is emitted while a follower looks must reach it, however the two meet
        run = answer_all(samples.squares_then_asks.submit(), yes=True)
        again = answer_all(run.retry(), yes=False)
        assert (run.result(), again.result()) == ({"s": 5, "a": True}, {"s": 5, "a": False})
        states = {event.payload["state"] for event in again.events(kind="step", follow=False)}
        assert states == {"submitted", "replayed"}


def test_outside_a_run_the_default_is_taken_when_there_is_nobody_to_ask(capsys, monkeypatch):
    assert kb.ask(samples.Answer, "Go on?", default=samples.Answer(yes=True)).yes
    answers = iter(["true", "so"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(answers))
    assert kb.ask(samples.Answer, "Go on?") == samples.Answer(yes=True, why="so")
    assert "Go on?" in capsys.readouterr().out
