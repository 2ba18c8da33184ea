"""`kodonb up`, `down`, `status`, `doctor`; a real cluster has tests of its own."""

import json

import pytest

from kodonb import session as sessions
from kodonb.cli.instance import _part_lines
from kodonb.session import doctor

PARTS = {
    "session": "ray",
    "up": True,
    "head": {"pid": 10},
    "spooler": {"pid": 11, "trouble": ""},
    "pool": None,
    "runners": [{"run": "abc", "pid": 12, "node": "here"}, {"run": None, "pid": 13, "node": "here"}],
    "steps": [],
}


class Cluster:
    """A cluster that needs no machine."""

    name = "ray"

    def up(self):
        return {"pid": 10, "cluster": "c1", "where": {"token": "secret"}}

    def down(self):
        return True

    def parts(self):
        return PARTS


@pytest.fixture
def cluster(monkeypatch):
    monkeypatch.setattr(sessions, "connect", lambda _=None: Cluster())
    monkeypatch.setattr(sessions, "disconnect", lambda: None)


def test_up_tells_the_process_and_no_secret(cluster, kodonb):
    assert kodonb("up").out == "up, process 10\n"
    assert json.loads(kodonb("up", "--json").out) == {"up": True, "pid": 10, "cluster": "c1"}


def test_down_says_whether_there_was_something(cluster, kodonb):
    assert kodonb("down").out == "stopped\n"
    assert json.loads(kodonb("down", "--json").out) == {"up": False, "stopped": True}


def test_status_names_every_part_as_the_session_does(cluster, kodonb):
    assert json.loads(kodonb("status", "--json").out) == PARTS


def test_status_is_a_line_for_each_part():
    assert list(_part_lines(PARTS)) == [
        "session   ray",
        "up        yes",
        "head      pid 10",
        "spooler   pid 11",
        "pool      -",
        "runners   run abc  pid 12  node here",
        "runners   pid 13  node here",
    ]


def test_a_cluster_that_is_not_there_is_nothing_to_stop(kodonb, monkeypatch):
    monkeypatch.setenv("KODONB_SESSION", "ray")
    assert kodonb("down").out == "nothing was running\n"
    assert json.loads(kodonb("status", "--json").out) == {"session": "ray", "up": False}


@pytest.mark.parametrize("command", ["up", "down"])
def test_the_inline_session_cannot_be_started_or_stopped(kodonb, command):
    done = kodonb(command)
    assert done.code == 4 and done.err.startswith("KN405")


def test_doctor_tells_what_it_found(kodonb):
    done = kodonb("doctor", "--json")
    found = json.loads(done.out)
    assert {check["name"] for check in found} >= {"Python", "store"}
    assert done.code == (0 if all(check["ok"] for check in found) else 1)


def test_doctor_says_how_to_mend_what_is_wrong(kodonb, monkeypatch):
    found = [doctor.Check("Python", True, "3.11"), doctor.Check("disk", False, "full", "free some space")]
    monkeypatch.setattr(doctor, "examine", lambda: found)
    done = kodonb("doctor")
    assert done.code == 1
    assert [line.split() for line in done.out.splitlines()] == [
        ["ok", "Python", "3.11"],
        ["!!", "disk", "full"],
        ["do:", "free", "some", "space"],
    ]
