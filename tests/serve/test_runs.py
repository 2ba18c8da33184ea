"""Runs over HTTP: listed, looked at, waited for, cancelled, repeated, answered."""

from __future__ import annotations

import threading
import time
from urllib.parse import quote

import httpx
import pytest

import kodonb as kb
from kodonb.serve import ServeAPI
from kodonb.serve.runs.routes import LONGEST
from tests.serve import samples


@pytest.fixture
def client(serve):
    app = ServeAPI(access=None, rate=None)
    for flow in (samples.double, samples.emits, samples.asks, samples.fails, samples.hides, asks_twice):
        app.include(flow)
    return serve(app)


@kb.step
def approve(title: str) -> bool:
    return kb.ask(samples.Answer, title).yes


@kb.flow
def asks_twice() -> list[bool]:
    return [step.result() for step in (approve.submit("one"), approve.submit("two"))]


def launch(client, path, **inputs):
    answer = client.post(path, json=inputs)
    assert answer.status_code == 202, answer.text
    return answer.json()["run"]


def ended(client, run):
    return client.get(f"/runs/{run}/result?wait=20").json()


def until(look):
    """Return the first true value: that a question is open is told by the log alone."""
    end = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < end
    return found


# --- looking


def test_a_run_is_told_with_all_that_the_log_knows(client):
    run = launch(client, "/double", n=1)
    ended(client, run)
    told = client.get(f"/runs/{run}").json()
    assert told["id"] == run and told["flow"] == "double" and told["status"] == "finished"
    assert told["tags"] == ["sums"] and told["author"] == "ada" and told["user"] == "anybody"
    assert told["links"]["result"] == f"/runs/{run}/result"


def test_runs_are_listed_newest_first_over_all_flows(client):
    made = [launch(client, path, **inputs) for path, inputs in
            (("/double", {"n": 1}), ("/emits", {}), ("/double", {"n": 2}))]  # fmt: skip
    for run in made:
        ended(client, run)

    def listed(**query):
        return [run["id"] for run in client.get("/runs", params=query).json()]

    assert listed() == made[::-1]
    assert listed(limit=2) == made[:0:-1]
    assert listed(before=made[1]) == [made[0]]
    assert listed(flow="double") == [made[2], made[0]]
    assert listed(tag="sums") == [made[2], made[0]]
    assert listed(status="finished", since="1h") == made[::-1]
    assert listed(status=["error", "cancelled"]) == listed(before="nonsense") == listed(tag="\x00") == []


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=99999999999999w", "limit=0", "limit=1001", "status=gone"]
)
def test_what_cannot_be_asked_is_told(client, query):
    answer = client.get(f"/runs?{query}")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_events_can_be_read_a_page_at_a_time(client):
    run = launch(client, "/emits", n=5)
    ended(client, run)
    first = client.get(f"/runs/{run}/events?follow=false&limit=4").json()
    rest = client.get(f"/runs/{run}/events?follow=false&after=3").json()
    assert [event["offset"] for event in first + rest] == list(range(len(first) + len(rest)))
    assert [event["payload"] for event in first + rest if event["kind"] == "debug"] == [0, 1, 2, 3, 4]
    assert client.get(f"/runs/{run}/events?follow=false&after=4294967295").json() == []


# --- waiting


def test_a_result_is_waited_for_no_longer_than_asked(client):
    run = launch(client, "/emits", behind="waited")
    answer = client.get(f"/runs/{run}/result?wait=0.05")
    assert answer.status_code == 202 and answer.headers["retry-after"] == "1"
    assert answer.json()["id"] == run and answer.json()["status"] == "running"
    assert client.get(f"/runs/{run}/result").status_code == 202
    samples.gate("waited").set()
    assert ended(client, run)["result"] == 3


@pytest.mark.parametrize("wait", ["-1", str(LONGEST + 1), "nan", "inf", "soon"])
def test_nobody_waits_for_ever(client, wait):
    assert client.get(f"/runs/{'0' * 14}/result?wait={wait}").status_code == 422


def test_many_who_wait_take_no_threads(serve):
    """A hundred requests wait for one run; others are answered meanwhile, and the threads are no more than before."""
    app = ServeAPI(access=None, rate=None)
    app.include(samples.emits)
    client = serve(app)
    run = launch(client, "/emits", behind="crowd")
    answers = []
    with httpx.Client(
        base_url=client.base_url, limits=httpx.Limits(max_connections=None), timeout=30
    ) as other:
        crowd = [threading.Thread(target=lambda: answers.append(ended(other, run))) for _ in range(100)]
        for thread in crowd:
            thread.start()
        streams = app._service.streams
        until(lambda: run in streams._open and streams._open[run].users == 100)
        assert client.get(f"/runs/{run}").json()["status"] == "running"
        assert threading.active_count() - len(crowd) < 60
        samples.gate("crowd").set()
        for thread in crowd:
            thread.join(30)
    assert [answer["result"] for answer in answers] == [3] * 100
    assert not streams._open


def test_a_run_that_failed_says_why_without_its_traceback(client):
    run = launch(client, "/fails", message="no luck")
    answer = client.get(f"/runs/{run}/result?wait=20")
    assert answer.status_code == 200
    assert answer.json() == {
        "run": run,
        "flow": "fails",
        "status": "error",
        "code": "KN301",
        "detail": "ValueError: no luck",
    }
    assert "samples.py" not in answer.text


# --- cancelling and repeating


def test_a_run_can_be_cancelled(client):
    run = launch(client, "/asks")
    until(lambda: client.get(f"/runs/{run}/locks").json())
    assert client.post(f"/runs/{run}/cancel").status_code == 202
    assert ended(client, run)["status"] == "cancelled"
    answer = client.post(f"/runs/{run}/cancel")
    assert answer.status_code == 409 and answer.json()["code"] == "KN311"


def test_a_run_can_be_repeated_when_it_has_ended(client):
    run = launch(client, "/emits", behind="repeated")
    assert client.post(f"/runs/{run}/retry").status_code == 409
    samples.gate("repeated").set()
    ended(client, run)
    answer = client.post(f"/runs/{run}/retry")
    again = answer.json()["run"]
    assert answer.status_code == 202 and answer.headers["location"] == f"/runs/{again}"
    assert ended(client, again)["result"] == 3
    assert client.get(f"/runs/{again}").json()["retry_of"] == run


def test_a_run_that_was_given_a_secret_cannot_be_repeated(client):
    run = launch(client, "/hides", password="hunter2")
    assert ended(client, run)["result"] == {"secret": True}
    answer = client.post(f"/runs/{run}/retry")
    assert answer.status_code == 409 and answer.json()["code"] == "KN312"
    assert "hunter2" not in client.get(f"/runs/{run}/events").text


# --- questions


def test_a_question_is_listed_and_answered(client):
    run = launch(client, "/asks", title="Shall we?")
    [lock] = until(lambda: client.get(f"/runs/{run}/locks").json())
    assert lock["title"] == "Shall we?" and lock["answered"] is None
    assert lock["schema"]["required"] == ["yes"]
    answer = client.post(lock["answer"], json={"yes": "perhaps"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "yes"
    assert client.post(lock["answer"], json={"yes": True}).json()["id"] == run
    assert ended(client, run)["result"] == "yes"
    [lock] = client.get(f"/runs/{run}/locks").json()
    assert lock["by"] == "anybody" and lock["value"] == {"yes": True, "why": ""}
    late = client.post(lock["answer"], json={"yes": False})
    assert late.status_code == 409 and late.json()["code"] == "KN308"
    assert client.post(f"/runs/{run}/locks/nothing", json={}).status_code == 404


def test_questions_of_steps_are_answered_where_their_links_lead(client):
    run = launch(client, "/asks_twice")
    locks = until(lambda: [lock for lock in client.get(f"/runs/{run}/locks").json() if lock["answered"] is None][1:2]
                  and client.get(f"/runs/{run}/locks").json())  # fmt: skip
    for lock in locks:
        assert quote(lock["id"], safe="") in lock["answer"]
        assert client.post(lock["answer"], json={"yes": lock["title"] == "one"}).status_code == 200
    assert ended(client, run)["result"] == [True, False]
