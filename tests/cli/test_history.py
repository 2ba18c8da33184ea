"""`kodonb runs`, `show`, `events`, `code`: what the log knows."""

import json

import pytest


@pytest.fixture
def ran(kodonb):
    """The ids of three runs: `good`, `bad`, `good`."""
    for target in ("flows:good", "flows:bad", "flows:good"):
        kodonb("run", target)
    return [run["id"] for run in json.loads(kodonb("runs", "--json").out)][::-1]


def test_runs_are_listed_newest_first(kodonb, ran):
    text = kodonb("runs").out
    assert [line[:10] for line in text.splitlines()[1:]] == [run[:10] for run in reversed(ran)]


@pytest.mark.parametrize(
    ("words", "which"),
    [
        (["--flow", "bad"], [1]),
        (["--status", "error", "cancelled"], [1]),
        (["--tag", "sums"], [2, 0]),
        (["--limit", "1"], [2]),
        (["--limit", "0"], [2, 1, 0]),
        (["--since", "1h"], [2, 1, 0]),
        (["--since", "2100-01-01"], []),
    ],
)
def test_runs_can_be_chosen(kodonb, ran, words, which):
    found = json.loads(kodonb("runs", *words, "--json").out)
    assert [run["id"] for run in found] == [ran[index] for index in which]


def test_a_run_is_shown_as_text(kodonb, ran):
    done = kodonb("show", ran[1])
    assert done.code == 0 and "ValueError: 3 is no good" in done.out


def test_a_run_is_shown_as_one_document(kodonb, ran):
    told = json.loads(kodonb("show", ran[0][:9] if ran[0][:9] != ran[2][:9] else ran[0], "--json").out)
    assert told["id"] == ran[0]
    assert told["inputs"] == {"n": 3, "who": "you"}
    assert [step["state"] for step in told["steps"]] == ["finished"] * 3
    assert told["metrics"] == {"best": 0.5}
    assert told["result"] == {"sum": 6}


def test_the_last_run_has_a_name(kodonb, ran):
    assert json.loads(kodonb("show", "last", "--json").out)["id"] == ran[-1]


def test_events_can_be_chosen(kodonb, ran):
    lines = kodonb("events", "last", "--kind", "stdout", "metric", "--json").out.splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["stdout", "metric"]
    later = kodonb("events", "last", "--after", json.loads(lines[0])["offset"], "--json").out.splitlines()
    assert json.loads(later[0])["offset"] == json.loads(lines[0])["offset"] + 1


def test_following_an_ended_run_comes_to_an_end(kodonb, ran):
    done = kodonb("events", "last", "--follow")
    assert done.code == 0 and done.out == kodonb("events", "last").out


def test_events_of_a_run_of_another_process_cannot_be_followed_without_a_cluster(kodonb, process):
    child = process("run", "flows:slow")
    assert "meta" in child.stdout.readline()
    done = kodonb("events", "last", "--follow")
    assert done.code == 4 and "KN405" in done.err


def test_the_code_of_a_run_is_printed(kodonb, ran):
    assert "def double(x: int) -> int:" in kodonb("code", "last").out
    told = json.loads(kodonb("code", "last", "--json").out)
    assert told["entry"] == "good" and told["hash"] and "def good" in told["source"]


def test_a_reader_who_goes_away_is_no_error(process, kodonb, ran):
    child = process("events", "last", "--json")
    child.stdout.close()
    assert child.stderr.read() == ""
    assert child.wait(30) == 141
