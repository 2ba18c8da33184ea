"""A MissingValueHandler fills in what is missing."""

from __future__ import annotations

import pytest

from kodonb.kumeo.agents import AgentError, Dropped

SEEN = [{"a": 1.0, "b": "x"}, {"a": 2.0, "b": "x"}, {"a": 6.0, "b": "y"}]


@pytest.mark.parametrize(
    ("strategy", "a", "b"),
    [
        ("mean_imputation", 3.0, None),
        ("median", 2.0, None),
        ("most_frequent", 1.0, "x"),
        ("ffill", 6.0, "y"),
        ("zero", 0, 0),
        ("null", None, None),
    ],
)
async def test_strategies_use_what_went_by(ready, message, strategy, a, b):
    agent = await ready("MissingValueHandler", strategy=strategy)
    for each in SEEN:
        assert agent.process(each, message) == each
    assert agent.process({"a": None, "b": None}, message) == {"a": a, "b": b}
    assert agent.process({"a": float("nan")}, message)["a"] == a


async def test_declared_fields_are_filled_even_if_they_did_not_come(run):
    found = await run("MissingValueHandler", {"c": None}, strategy="constant", value=7, fields=["a", "b"])
    assert found == {"c": None, "a": 7, "b": 7}


async def test_fields_may_have_strategies_and_values_of_their_own(run):
    config = {"strategies": {"a": "zero"}, "values": {"b": "?"}, "missing": ["", "n/a"]}
    found = await run(
        "MissingValueHandler", {"a": "", "b": "n/a", "c": None}, strategy="remove", config=config
    )
    assert found == {"a": 0, "b": "?"}


async def test_the_message_can_be_dropped_and_refused(run):
    assert await run("MissingValueHandler", {"a": None}, strategy="drop") == Dropped("a is missing")
    assert await run("MissingValueHandler", {"a": 1}, strategy="drop") == {"a": 1}
    with pytest.raises(AgentError, match="KN805"):
        await run("MissingValueHandler", {"a": None}, handling_strategy="fail")


async def test_a_field_with_another_strategy_does_not_change_the_general_one(run):
    config = {"strategies": {"a": "zero"}}
    assert await run(
        "MissingValueHandler", {"a": None, "b": None}, strategy="drop", config=config
    ) == Dropped("b is missing")


@pytest.mark.parametrize("arguments", [{"strategy": "meen"}, {"strategy": "constant"}, {}])
async def test_strategies_that_make_no_sense_are_told(ready, arguments):
    with pytest.raises(AgentError, match="KN802"):
        await ready("MissingValueHandler", **arguments)


async def test_very_many_fields_are_filled_and_not_all_remembered(ready, message):
    agent = await ready("MissingValueHandler", strategy="mean")
    assert agent.process({f"f{number}": None for number in range(3_000)}, message)["f2999"] is None
    assert agent.process({"f2999": None}, message) == {"f2999": None}


@pytest.mark.parametrize("value", [[1], {"x": 1}, "", True, 10**4000])
async def test_odd_values_are_no_missing_ones(run, value):
    assert await run("MissingValueHandler", {"a": value}, strategy="mode") == {"a": value}
