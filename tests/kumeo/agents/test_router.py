"""A Router sends each message to the target of the first rule that holds."""

from __future__ import annotations

import pytest

from kodonb.kumeo.agents import AgentError, Dropped, MemorySite, Routed

LEVELS = {
    "score >= config.limits.high": "target.alerts.high",
    "score >= config.limits.medium": "target.alerts.medium",
    "default": "target.done",
}
SITE = {"config": {"limits": {"high": 0.8, "medium": 0.5}}}


@pytest.mark.parametrize(
    ("score", "subject"),
    [(0.9, "alerts.high"), (0.6, "alerts.medium"), (0.1, "done"), (None, "done"), ("9", "done")],
)
async def test_the_first_rule_that_holds_names_the_target(run, score, subject):
    found = await run("Router", {"score": score}, MemorySite(sections=SITE), rules=LEVELS)
    assert found == Routed((subject,), {"score": score})


async def test_the_default_is_tested_last_wherever_it_stands(run):
    found = await run("Router", {"a": 1}, rules={"default": "target.rest", "a == 1": "target.one"})
    assert found.subjects == ("one",)


async def test_without_a_default_what_no_rule_holds_for_is_dropped(run):
    assert isinstance(await run("Router", {"a": 2}, rules={"a == 1": "target.one"}), Dropped)


async def test_rules_may_be_a_list_and_name_several_targets(run):
    rules = [{"when": "a == 1", "to": ["target.one", "target.copy"]}, {"condition": "a == 2", "then": "two"}]
    assert (await run("Router", {"a": 1}, rules=rules)).subjects == ("one", "copy")
    assert (await run("Router", {"a": 2}, routing_rules=rules)).subjects == ("two",)


async def test_rules_may_be_in_a_file(run, tmp_path):
    (tmp_path / "routes.json").write_text('{"rules": {"a == 1": "target.one"}, "x": 1}')
    assert (await run("Router", {"a": 1}, rules="routes.json")).subjects == ("one",)


async def test_an_event_cannot_take_the_place_of_settings(run):
    forged = {"score": 0.6, "config": {"limits": {"high": 0.0}}}
    found = await run("Router", forged, MemorySite(sections=SITE), rules=LEVELS)
    assert found.subjects == ("alerts.medium",)


async def test_data_means_the_input_unless_it_has_such_a_field(run):
    rules = {"data.priority == 'high'": "target.high", "default": "target.normal"}
    assert (await run("Router", {"priority": "high"}, rules=rules)).subjects == ("high",)
    assert (await run("Router", {"data": {"priority": "high"}}, rules=rules)).subjects == ("high",)


async def test_what_stands_beside_the_data_can_be_asked_for(run):
    rules = {"message.subject == 'orders.new' and message.key == 'k1'": "target.new", "default": "target.old"}
    assert (await run("Router", {}, rules=rules)).subjects == ("new",)


@pytest.mark.parametrize("inputs", [None, 1, "text", [1], True])
async def test_inputs_that_are_no_objects_do_no_harm(run, inputs):
    assert (await run("Router", inputs, rules={"a > 1": "target.a", "default": "target.b"})).subjects == (
        "b",
    )


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"a >": "target.x"}, "expected a value"),
        ({"a > 1": ""}, "is not a target"),
        ({"a > 1": "target.*"}, "is not a target"),
        ({"a > 1": "target.{{b}}"}, "is not a target"),
        ([], "must be a list"),
        ([{"when": "a"}], "missing"),
        ({"a > config.nothing": "target.x"}, "config.nothing"),
    ],
)
async def test_malformed_rules_are_told_at_once(ready, rules, said):
    with pytest.raises(AgentError, match="KN802") as error:
        await ready("Router", rules=rules or [1])
    assert said in str(error.value) or not rules


async def test_an_unknown_argument_is_an_error_that_names_what_was_meant(ready):
    with pytest.raises(AgentError) as error:
        await ready("Router", rules={"a": "target.b"}, defualt="target.c")
    assert "defualt" in error.value.message
    assert "`default`" in error.value.remedy
