"""`kodonb prune`."""

import json

import pytest


@pytest.fixture
def ran(kodonb):
    for target in ("flows:good", "flows:bad", "flows:good"):
        kodonb("run", target)


def test_nothing_young_goes(kodonb, ran):
    assert json.loads(kodonb("prune", "--json").out)["runs"] == []


def test_what_would_go_is_told_and_stays(kodonb, ran):
    told = json.loads(kodonb("prune", "--older", "0", "--dry-run", "--json").out)
    assert len(told["runs"]) == 3 and told["events"] > 20
    assert "would go: 3 runs" in kodonb("prune", "--older", "0", "--dry-run").out
    assert len(json.loads(kodonb("runs", "--json").out)) == 3


def test_old_runs_go_with_their_events(kodonb, ran):
    told = json.loads(kodonb("prune", "--older", "0", "--json").out)
    assert (len(told["runs"]), told["modules"]) == (3, 2)
    assert told["events"] > 20
    assert json.loads(kodonb("runs", "--json").out) == []


def test_runs_can_be_chosen_and_kept(kodonb, ran):
    assert "removed 1 run," in kodonb("prune", "--older", "0", "--status", "error").out
    assert "removed 1 run," in kodonb("prune", "--older", "0", "--keep", "1").out
    assert [run["flow"] for run in json.loads(kodonb("runs", "--json").out)] == ["good"]
