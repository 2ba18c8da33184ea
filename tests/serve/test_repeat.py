"""The same Idempotency-Key gives the same run."""

from __future__ import annotations

import threading
import time

import pytest

from kodonb.model.errors import SessionError
from kodonb.serve import Caller, Scope, ServeAPI
from kodonb.serve.entries import repeat
from kodonb.serve.entries.repeat import Attempt
from tests.serve import samples

KEY = {"Idempotency-Key": "order-0001"}


class Everybody:
    async def caller(self, token):
        return Caller(token, frozenset(Scope))


@pytest.fixture
def replica(serve):
    def start():
        app = ServeAPI(access=Everybody(), rate=None)
        app.include(samples.double)
        app.include(samples.locate)
        app.include(samples.hides)
        return serve(app, headers={"authorization": "Bearer ada"})

    return start


@pytest.fixture
def client(replica):
    return replica()


def launch(client, path="/double", headers=KEY, **inputs):
    return client.post(path, json=inputs, headers=headers)


def runs(client):
    return client.get("/runs").json()


def test_a_launch_that_is_sent_again_starts_nothing_new(client):
    first, again = launch(client, n=1), launch(client, n=1)
    assert first.status_code == again.status_code == 202
    assert first.json() == again.json() and first.headers["location"] == again.headers["location"]
    assert "idempotent-replayed" not in first.headers and again.headers["idempotent-replayed"] == "true"
    assert len(runs(client)) == 1


def test_the_key_may_be_a_string_of_structured_fields(client):
    quoted = {"Idempotency-Key": '"order-0001"'}
    assert launch(client, n=1).json() == launch(client, headers=quoted, n=1).json()


def test_another_replica_knows_the_key(replica):
    one, other = replica(), replica()
    assert launch(one, n=1).json() == launch(other, n=1).json()
    assert len(runs(other)) == 1


def test_the_order_of_inputs_does_not_matter(client):
    assert launch(client, n=1, note="x").json() == launch(client, note="x", n=1).json()


def test_other_inputs_with_the_same_key_are_refused(client):
    launch(client, n=1)
    answer = launch(client, n=2)
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert "other inputs" in answer.json()["detail"]
    assert len(runs(client)) == 1


def test_a_key_belongs_to_its_caller_and_its_endpoint(client):
    made = [
        launch(client, n=1),
        launch(client, headers=KEY | {"authorization": "Bearer grace"}, n=1),
        launch(client, "/locate"),
    ]
    assert len({each.json()["run"] for each in made}) == 3


def test_inputs_that_did_not_fit_leave_the_key_free(client):
    assert launch(client, n=-1).status_code == 422
    assert launch(client, n=1).status_code == 202


@pytest.mark.parametrize("key", ["short", "x" * 256, "white space in it"])
def test_a_key_that_is_none_is_refused(client, key):
    answer = launch(client, headers={"Idempotency-Key": key}, n=1)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert runs(client) == []


def test_many_at_once_give_one_run(client):
    answers = []
    crowd = [
        threading.Thread(target=lambda: answers.append(launch(client, n=1).json()["run"])) for _ in range(20)
    ]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join(30)
    assert len(answers) == 20 and len(set(answers)) == 1 and len(runs(client)) == 1


def test_a_key_is_forgotten_after_a_day(client, monkeypatch):
    first = launch(client, n=1).json()["run"]
    monkeypatch.setattr(repeat, "LIFETIME", 0.0)
    assert launch(client, n=2).json()["run"] != first


def test_a_run_that_could_not_be_started_leaves_the_key_free(client, inline, monkeypatch):
    def fail(submission):
        raise SessionError("the cluster is out of reach", where="10.0.0.7:6379")

    with monkeypatch.context() as patched:
        patched.setattr(inline, "submit", fail)
        answer = launch(client, n=1)
    assert answer.status_code == 503 and "10.0.0.7" not in answer.text
    assert launch(client, n=1).status_code == 202


def test_a_launch_that_is_under_way_elsewhere_is_waited_for(client, inline, monkeypatch):
    """Another replica has written the key down, and its run is not in the log yet."""
    attempt = Attempt("order-0001", Caller("ada", frozenset()), "/double", {"n": 1})
    attempt.begin("0" * 14, inline)
    answer = launch(client, n=1)
    assert answer.status_code == 409 and answer.headers["retry-after"] == "1"
    monkeypatch.setattr(repeat, "UNDER_WAY", 0.0)  # it never came: that replica has died
    time.sleep(0.001)
    assert launch(client, n=1).status_code == 202


def test_secrets_among_the_inputs_cannot_be_found_out_from_what_is_remembered(client, inline):
    launch(client, "/hides", password="hunter2")
    with inline.log.reading() as connection:
        kept = connection.exec_driver_sql("SELECT key, value FROM cache").all()
    assert kept and all("hunter2" not in f"{key}{bytes(value)}" for key, value in kept)
    one, other = (
        Attempt(key, Caller("ada", frozenset()), "/x", {"n": 1}) for key in ("order-0001", "order-0002")
    )
    assert one._inputs != other._inputs
