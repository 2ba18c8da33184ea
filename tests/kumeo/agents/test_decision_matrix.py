"""A DecisionMatrix lets through what all of its rules hold for."""

from __future__ import annotations

import json

import pytest

from kodonb.kumeo.agents import AgentError

RULES = [
    {"name": "urgency", "condition": "input.urgency in ['low', 'high']", "error": "unknown urgency"},
    {"name": "fields", "condition": "all(f in input for f in ['id', 'urgency'])"},
]


async def test_what_fits_goes_through_as_it_came(run):
    event = {"id": 1, "urgency": "low", "more": [1, 2]}
    assert await run("DecisionMatrix", event, rules=RULES) is event


async def test_what_does_not_fit_is_an_error_with_every_broken_rule(run):
    with pytest.raises(AgentError) as error:
        await run("DecisionMatrix", {"urgency": "huge"}, rules=RULES)
    assert error.value.code == "KN805"
    assert error.value.details == [
        {"rule": "urgency", "error": "unknown urgency"},
        {"rule": "fields", "error": "`all(f in input for f in ['id', 'urgency'])` does not hold"},
    ]


async def test_a_text_that_is_json_is_checked_as_what_it_says(run):
    text = json.dumps({"id": 1, "urgency": "low"})
    assert await run("DecisionMatrix", text, rules=RULES) == {"id": 1, "urgency": "low"}


@pytest.mark.parametrize("text", ['{"id": 1', "{" * 100_000, "", "no json"])
async def test_a_text_that_is_none_breaks_the_rules_and_nothing_else(run, text):
    with pytest.raises(AgentError, match="urgency"):
        await run("DecisionMatrix", text, rules=RULES)


async def test_a_number_can_be_checked_as_value(run):
    rules = [{"name": "range", "condition": "value >= 0 && value <= 100"}]
    assert await run("DecisionMatrix", 50, rules=rules) == 50
    with pytest.raises(AgentError, match="range"):
        await run("DecisionMatrix", 500, rules=rules)


@pytest.mark.parametrize("form", [RULES, {"rules": RULES}])
async def test_a_matrix_may_be_a_file(run, tmp_path, form):
    (tmp_path / "policy.dmx").write_text(json.dumps(form))
    assert await run("DecisionMatrix", {"id": 1, "urgency": "low"}, matrix="policy.dmx") == {
        "id": 1,
        "urgency": "low",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[", "line 1 is not JSON"),
        ("{}", "must be a list"),
        ("[" * 100_000, "nested too deeply"),
        ("\ufeff[]", "must be"),
    ],
)
async def test_a_damaged_file_is_told_with_its_place(ready, tmp_path, text, said):
    (tmp_path / "policy.dmx").write_text(text)
    with pytest.raises(AgentError, match=said):
        await ready("DecisionMatrix", matrix="policy.dmx")


async def test_a_missing_file_is_told(ready):
    with pytest.raises(AgentError, match="KN804") as error:
        await ready("DecisionMatrix", matrix="nowhere.dmx")
    assert error.value.where.endswith("nowhere.dmx")


async def test_rules_with_keys_that_mean_nothing_are_refused(ready):
    with pytest.raises(AgentError) as error:
        await ready("DecisionMatrix", rules=[{"name": "a", "condition": "true", "eror": "x"}])
    assert "`eror`" in error.value.message
    assert "`error`" in error.value.remedy


async def test_on_failure_is_the_engines_and_is_taken(run):
    failure = {
        "action": "quarantine",
        "retry": 2,
        "fallback": {"action": "reject", "channel": "alerts.invalid"},
    }
    assert await run("DecisionMatrix", {"id": 1, "urgency": "low"}, rules=RULES, on_failure=failure)
