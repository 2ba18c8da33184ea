"""The agents of a workflow in the picture of its run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from kodonb.display.html import run_html
from kodonb.display.text import run_text
from kodonb.display.view import RunView
from kodonb.model.event import Event

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
STARTED = {
    "what": "started",
    "workflow": "Orders",
    "agents": ["clean", "route"],
    "edges": [["clean", "route"]],
}


def view(*payloads, status="running"):
    events = [("status", {"status": status}), *(("agent", payload) for payload in payloads)]
    made = RunView("r1")
    made.take_all(
        Event(
            run="r1", offset=at, at=BEGUN + timedelta(seconds=at), kind=kind, source="flow", payload=payload
        )
        for at, (kind, payload) in enumerate(events)
    )
    return made


def hop(agent, **more):
    return {"agent": agent, "what": "hop", "event": "e", "state": "finished", "input": 1, "output": 2, **more}


def test_agents_are_drawn_with_what_leads_where():
    markup = run_html(view(STARTED))
    assert "<title>Agents of run</title>" in markup and markup.count('class="kn-edge"') == 1
    assert "0 done" in markup


def test_messages_are_counted_once_however_they_are_told():
    told = [STARTED, hop("clean"), hop("clean"), hop("clean", sampled=True)]
    made = view(
        *told, {"agent": "clean", "what": "hops", "events": 100, "told": 2, "failed": 3, "skipped": 1}
    )
    assert made.agents.said("clean") == "100 done, 3 failed, 1 skipped"
    assert made.agents.said("route") == "0 done"
    assert "100 done, 3 failed, 1 skipped" in run_html(made) and "100 done" in run_text(made)


def test_what_is_drawn_is_no_note_and_what_agents_of_others_say_is_one():
    made = view(STARTED, hop("clean"), {"agent": "clean", "what": "decision"}, {"thought": "hm"}, "plain", 7)
    assert [item.payload for item in made.notes] == [
        {"agent": "clean", "what": "decision"},
        {"thought": "hm"},
        "plain",
        7,
    ]


def test_copies_of_a_workflow_add_up():
    made = view(STARTED, hop("clean"), STARTED, hop("clean"))
    assert made.agents.said("clean") == "2 done"


@pytest.mark.parametrize(
    "odd",
    [
        {"what": "started", "agents": 3, "edges": []},
        {"what": "started", "agents": [None, {}], "edges": [1, ["a"], ["a", "b"]]},
        {"what": "hops", "agent": ["x"], "events": "many"},
    ],
)
def test_odd_payloads_break_nothing(odd):
    assert "kodonb-run" in run_html(view(odd, STARTED, {"what": "hops", "agent": "clean", "events": None}))


def test_many_agents_are_cut():
    names = [f"a{number}" for number in range(500)]
    edges = [[one, other] for one, other in pairwise(names)]
    markup = run_html(view({"what": "started", "agents": names, "edges": edges}))
    assert "140 agents are not shown here." in markup


def test_agents_have_a_heading_of_their_own():
    markup = run_html(view(STARTED))
    assert ">Agents</div>" in markup and ">Steps</div>" not in markup


def test_a_message_that_an_agent_failed_on_is_told_once_with_the_agent():
    error = {"type": "AgentError", "message": "no amount", "code": "KN805", "agent": "clean", "event": "in:5"}
    letter = {"type": "DeadLetter", "message": "no amount", "event": "in:5"}
    unread = {"type": "DeadLetter", "message": "no JSON", "event": "in:6"}
    made = RunView("r1")
    made.take_all(
        Event(run="r1", offset=at, at=BEGUN, kind="error", source="flow", payload=payload)
        for at, payload in enumerate([error, letter, unread])
    )
    markup = run_html(made)
    assert markup.count("no amount") == 1 and "clean · in:5 · KN805" in markup and "no JSON" in markup
    assert "clean · AgentError: no amount" in run_text(made)
