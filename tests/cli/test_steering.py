"""`kodonb answer` and `cancel`, on runs that this process carries."""

import json
import time

import pytest

import kodonb as kb
from kodonb import session as sessions
from kodonb.cli.answers import fields
from kodonb.cli.targets import load
from kodonb.model.errors import InputsError
from kodonb.model.run import Lock


@pytest.fixture
def shared(kodonb, monkeypatch):
    """One session for all commands, as a cluster would be."""
    session = kb.connect("inline")
    monkeypatch.setattr(sessions, "connect", lambda _=None: session)
    monkeypatch.setattr(sessions, "disconnect", lambda: None)
    yield session
    session.close()


def started(name, status):
    run = load(f"flows:{name}").submit()
    until = time.monotonic() + 20
    while run.status != status and time.monotonic() < until:
        time.sleep(0.01)
    return run


def test_an_answer_lets_the_run_go_on(shared, kodonb):
    run = started("asks", "awaiting")
    done = kodonb("answer", run.id, "size=3", "-p", "tags=a,b", "--json")
    assert done.code == 0
    assert json.loads(done.out)["value"] == {"size": 3, "tags": ["a", "b"]}
    assert run.result(20) == 5


def test_a_question_may_be_named(shared, kodonb):
    run = started("asks", "awaiting")
    [lock] = run.locks()
    assert kodonb("answer", run.id, lock.id, "size=3").code == 0
    assert run.result(20) == 3


@pytest.mark.parametrize(
    ("words", "exit_code", "code", "said"),
    [
        (["siez=3"], 2, "KN310", "did you mean size?"),
        (["size=many"], 2, "KN310", "size: "),
        (["flow.7", "size=3"], 1, "KN309", "did you mean flow.1?"),
    ],
)
@pytest.mark.usefixtures("shared")
def test_an_answer_that_does_not_fit_is_refused(kodonb, words, exit_code, code, said):
    run = started("asks", "awaiting")
    done = kodonb("answer", run.id, *words)
    assert done.code == exit_code and done.err.startswith(code) and said in done.err
    assert run.status == "awaiting"


def test_a_question_is_answered_once(shared, kodonb):
    run = started("asks", "awaiting")
    kodonb("answer", run.id, "size=3")
    run.wait(20)
    done = kodonb("answer", run.id, "size=4")
    assert done.code == 1 and done.err.startswith("KN308")


def test_a_run_that_asks_nothing_cannot_be_answered(shared, kodonb):
    kodonb("run", "flows:good")
    done = kodonb("answer", "last", "size=3")
    assert done.code == 1 and done.err.startswith("KN309") and "asked nothing" in done.err


def test_a_run_is_cancelled(shared, kodonb):
    run = started("slow", "running")
    done = kodonb("cancel", run.id, "--grace", "5s", "--json")
    assert done.code == 0
    assert json.loads(done.out) == {"run": run.id, "status": "cancelled"}


def test_a_run_that_has_ended_cannot_be_cancelled(kodonb):
    kodonb("run", "flows:good")
    done = kodonb("cancel", "last")
    assert done.code == 1 and done.err.startswith("KN311")


def test_a_run_that_goes_on_cannot_be_retried(shared, kodonb):
    run = started("slow", "running")
    done = kodonb("retry", run.id)
    assert done.code == 1 and done.err.startswith("KN311")


SCHEMA = {
    "properties": {
        "text": {"type": "string"},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "number": {"type": "number"},
        "flag": {"type": "boolean"},
        "choice": {"$ref": "#/$defs/Choice"},
        "level": {"enum": [1, 2]},
        "items": {"type": "array"},
        "model": {"type": "object"},
        "any": {},
    },
    "$defs": {"Choice": {"enum": ["1", "b"]}},
}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("text", "3", "3"),
        ("text", "none", "none"),
        ("maybe", "none", None),
        ("maybe", "3", "3"),
        ("number", "2.5", 2.5),
        ("flag", "true", True),
        ("flag", "yes", "yes"),
        ("choice", "1", "1"),
        ("level", "1", 1),
        ("items", "[1, 2]", [1, 2]),
        ("items", "1,b", [1, "b"]),
        ("model", '{"a": 1}', {"a": 1}),
        ("any", "word", "word"),
    ],
)
def test_words_become_the_values_that_a_question_asks_for(name, text, value):
    assert fields({name: text}, Lock(id="flow.1", run="r", source="flow", schema=SCHEMA)) == {name: value}


def test_a_field_that_is_not_asked_for_is_refused_unless_all_are():
    with pytest.raises(InputsError, match="not asked for"):
        fields({"txt": "3"}, Lock(id="flow.1", run="r", source="flow", schema=SCHEMA))
    open_ = Lock(id="flow.1", run="r", source="flow", schema={"additionalProperties": True})
    assert fields({"txt": "3"}, open_) == {"txt": 3}
