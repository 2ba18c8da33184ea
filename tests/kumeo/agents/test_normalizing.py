"""A DataNormalizer brings numbers to one scale."""

from __future__ import annotations

import math
import statistics

import pytest

from kodonb.kumeo.agents import AgentError


async def test_given_bounds_and_means_are_used(run):
    config = {"a": {"method": "min_max", "min": 0, "max": 10}, "b": {"method": "zscore", "mean": 5, "std": 2}}
    assert await run("DataNormalizer", {"a": 5, "b": 9, "c": "x"}, config=config) == {
        "a": 0.5,
        "b": 2.0,
        "c": "x",
    }


async def test_what_is_not_given_is_learnt_from_what_went_by(ready, message):
    agent = await ready("DataNormalizer", config={"a": "z_score"})
    values = [3.0, 7.0, 8.0, 1.0]
    found = [agent.process({"a": each}, message)["a"] for each in values]
    expected = (1.0 - statistics.fmean(values)) / statistics.pstdev(values)
    assert found[-1] == pytest.approx(expected)


async def test_one_method_for_all_numbers(ready, message):
    agent = await ready("DataNormalizer", normalization_method="min_max")
    agent.process({"a": 0, "b": 10, "c": "x"}, message)
    assert agent.process({"a": 10, "b": 15, "c": "x", "d": True}, message) == {
        "a": 1.0,
        "b": 1.0,
        "c": "x",
        "d": True,
    }
    assert agent.process({"a": 5}, message) == {"a": 0.5}


@pytest.mark.parametrize(
    ("method", "made"),
    [("l1", [3 / 7, -4 / 7]), ("l2", [0.6, -0.8]), ("unit", [0.6, -0.8]), ("max", [0.75, -1.0])],
)
async def test_a_row_can_be_brought_to_length_one(run, method, made):
    found = await run("DataNormalizer", {"a": 3, "b": -4, "id": "x"}, normalization_method=method)
    assert [found["a"], found["b"], found["id"]] == [*map(pytest.approx, made), "x"]


async def test_the_robust_method_agrees_with_quartiles(ready, message):
    agent = await ready("DataNormalizer", config={"a": "robust"})
    values = [float((7 * each) % 23) for each in range(2_500)]
    for each in values:
        found = agent.process({"a": each}, message)["a"]
    low, middle, high = statistics.quantiles(values[-1000:], n=4, method="inclusive")
    assert found == pytest.approx((values[-1] - middle) / (high - low))


@pytest.mark.parametrize("value", [None, "x", True, [1], float("nan"), float("inf"), 10**4000])
@pytest.mark.parametrize("method", ["min_max", "z_score", "robust", "max_abs", "log", "log1p", "l2"])
async def test_what_is_no_number_is_left_alone_or_null(run, value, method):
    found = await run("DataNormalizer", {"a": value, "b": 1.0}, normalization_method=method)
    assert found["a"] is None or found["a"] is value


async def test_no_logarithm_of_what_has_none(run):
    found = await run("DataNormalizer", {"a": -1, "b": math.e}, config={"a": "log", "b": "log"})
    assert found == {"a": None, "b": 1.0}


@pytest.mark.parametrize("config", [{"a": "min_mx"}, {"a": {"method": "min_max", "mim": 1}}, [1]])
async def test_unknown_methods_are_told(ready, config):
    with pytest.raises(AgentError, match="KN802"):
        await ready("DataNormalizer", config=config)


async def test_very_many_fields_do_not_grow_without_end(ready, message):
    agent = await ready("DataNormalizer", normalization_method="min_max")
    found = agent.process({f"f{number}": number for number in range(5_000)}, message)
    assert len(found) == 5_000


async def test_a_method_may_be_for_some_fields_and_single_ones_differ(run, tmp_path):
    config = {"method": "max_abs", "fields": ["a"], "b": {"method": "clip", "min": 0, "max": 1}}
    assert await run("DataNormalizer", {"a": -2, "b": 5, "c": 7}, config=config) == {
        "a": -1.0,
        "b": 1,
        "c": 7,
    }
    config = {"fields": {"a": {"method": "robust", "median": 1, "iqr": 2}}}
    assert await run("DataNormalizer", {"a": 5}, config=config) == {"a": 2.0}
    assert await run("DataNormalizer", {"a": 3, "b": 4, "c": 5}, normalization_method="l2", fields=["a", "b"]) == {
        "a": 0.6, "b": 0.8, "c": 5,
    }  # fmt: skip
