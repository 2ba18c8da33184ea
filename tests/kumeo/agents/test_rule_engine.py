"""A RuleEngine adds what rules conclude."""

from __future__ import annotations

import json

import pytest

from kodonb.kumeo.agents import AgentError

RULES = [
    {"name": "big", "when": "amount > 100", "then": {"risk": "high"}, "else": {"risk": "low"}},
    {"name": "fee", "when": "risk == 'high'", "compute": {"fee": "amount * 0.1"}},
]


async def test_a_rule_sees_what_those_before_it_concluded(run):
    found = await run("RuleEngine", {"amount": 200}, rules=RULES)
    assert found == {"amount": 200, "risk": "high", "fee": 20.0, "matched": ["big", "fee"]}


async def test_what_does_not_hold_may_conclude_something_else(run):
    assert await run("RuleEngine", {"amount": 2}, rules=RULES) == {"amount": 2, "risk": "low", "matched": []}


async def test_rules_with_higher_priority_come_first_and_may_be_the_last(run):
    rules = [
        {"name": "late", "then": {"by": "late"}},
        {"name": "early", "then": {"by": "early"}, "priority": 5, "stop": True},
    ]
    assert await run("RuleEngine", {}, rules=rules) == {"by": "early", "matched": ["early"]}
    assert await run("RuleEngine", {}, rules=RULES[:1] + rules, mode="first") == {
        "by": "early", "matched": ["early"],
    }  # fmt: skip


async def test_conclusions_do_not_change_the_event_or_the_rules(run):
    event, rules = {"amount": 200}, json.loads(json.dumps(RULES))
    await run("RuleEngine", event, rules=rules)
    assert event == {"amount": 200}
    assert rules == RULES


async def test_an_input_that_is_no_object_gets_fields(run):
    assert await run("RuleEngine", 7, rules=[{"when": "input > 5", "then": {"big": True}}]) == {
        "value": 7, "big": True, "matched": ["1"],
    }  # fmt: skip


async def test_rules_may_be_a_setting_that_is_a_file(run, tmp_path):
    from kodonb.kumeo.agents import MemorySite

    (tmp_path / "risk.json").write_text(json.dumps(RULES))
    site = MemorySite(tmp_path, sections={"config": {"risk_rules": "risk.json"}})
    assert (await run("RuleEngine", {"amount": 200}, site, rules="config.risk_rules"))["risk"] == "high"


async def test_an_unknown_reference_names_a_near_one(ready):
    from kodonb.kumeo.agents import MemorySite

    with pytest.raises(AgentError) as error:
        await ready(
            "RuleEngine", MemorySite(sections={"config": {"risk_rules": []}}), rules="config.risk_rule"
        )
    assert "config.risk_rules" in error.value.remedy
