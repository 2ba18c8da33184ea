"""An Aggregator makes one result of many values."""

from __future__ import annotations

import math
import random
import statistics
from datetime import UTC, datetime

import pytest

from kodonb.kumeo.agents import AgentError, Dropped, MemorySite, Several

EVENTS = [("a", 1), ("b", 2), ("a", 3.5), ("a", 4)]


def window(start, end):
    at = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    return {
        "start": datetime.fromtimestamp(at + start, UTC).isoformat(),
        "end": datetime.fromtimestamp(at + end, UTC).isoformat(),
    }


@pytest.mark.parametrize(
    ("method", "inputs", "value"),
    [
        ("mean", {"a": 1, "b": 3}, 2.0),
        ("majority_vote", {"a": "x", "b": "y", "c": "x"}, "x"),
        ("sum", [1, 2, 3.5], 6.5),
        ("sum", [0.1] * 10, 1.0),
        ("count", [1, None, "x"], 2),
        ("min", [3, "x", -1], -1),
        ("max", [], None),
        ("median", [5, 1, 3], 3),
        ("p90", list(range(11)), 9),
        ("p90", [0, 1], 0.9),
        ("first", [None, 1, 2], 1),
        ("latest", [None, 1, 2], 2),
        ("collect", [1, None, "x"], [1, "x"]),
        ("unique", [1, 1.0, [2], [2]], [1, 1.0, [2]]),
        ("count_distinct", ["a", "b", "a"], 2),
        ("combine", [{"a": 1}, {"b": 2}, 3], {"a": 1, "b": 2}),
        ("merge", {"n": 1}, {"n": 1}),
        ("merge", {"n": 1, "text": "x", "gone": None, "tags": [1]}, {"n": 1, "text": "x", "tags": [1]}),
        ("merge", {"a": {"x": 1, "y": 1}, "b": {"y": 2}, "n": 3}, {"x": 1, "y": 2, "n": 3}),
        ("concat", ["a", "b"], "a b"),
        ("concat", [[1], [2, 3]], [1, 2, 3]),
        ("all", [True, 1], True),
        ("any", [0, None], False),
    ],
)
async def test_the_values_of_one_message(run, method, inputs, value):
    found = await run("Aggregator", inputs, method=method)
    assert found["value"] == value
    assert type(found["value"]) is type(value)


async def test_only_what_is_merged_takes_the_names_of_parts(run):
    made = {"all": "merge", "most": "max", "n": "count"}
    assert await run("Aggregator", {"a": 1, "b": 5}, method=made) == {
        "count": 2, "all": {"a": 1, "b": 5}, "most": 5, "n": 2,
    }  # fmt: skip


async def test_of_a_list_of_objects_an_expression(run):
    rows = [{"price": 2, "count": 3}, {"price": 5, "count": 1}, {"price": None}]
    made = {"total": "sum(price * count)", "n": "count", "dear": "max(price)"}
    assert await run("Aggregator", rows, method=made) == {"count": 3, "total": 11, "n": 3, "dear": 5}


async def test_spread_is_that_of_the_textbooks(run):
    values = [random.Random(1).gauss(1e9, 1) for _ in range(1_000)]
    found = await run("Aggregator", values, method={"m": "mean", "s": "std", "v": "variance"})
    assert found["m"] == pytest.approx(statistics.fmean(values))
    assert found["s"] == pytest.approx(statistics.pstdev(values), rel=1e-6)


async def test_a_window_of_time_ends_with_the_clock_for_each_group(ready, message):
    agent = await ready("Aggregator", method="sum(v)", window="1m", group_by="k")
    for key, value in EVENTS:
        assert isinstance(agent.process({"k": key, "v": value}, message), Dropped)
    assert agent.due == agent.site.now().replace(minute=1)
    assert isinstance(agent.lapse(agent.site.wait(59)), Dropped)
    ended = agent.lapse(agent.site.wait(1))
    assert ended == Several((
        {"k": "a", "count": 3, "value": 8.5, "window": window(0, 60)},
        {"k": "b", "count": 1, "value": 2, "window": window(0, 60)},
    ))  # fmt: skip
    assert agent.due is None


async def test_a_message_after_its_end_closes_a_window_too(ready, message):
    agent = await ready("Aggregator", method="count", window={"type": "tumbling", "size": "1m"})
    agent.process({}, message)
    agent.site.wait(61)
    assert agent.process({}, message) == {"count": 1, "value": 1, "window": window(0, 60)}


async def test_when_nothing_comes_any_more_all_windows_end(ready, message):
    agent = await ready("Aggregator", method="count", window="1h")
    agent.process({}, message)
    assert agent.lapse(None)["count"] == 1


async def test_windows_that_slide_overlap(ready, message):
    agent = await ready("Aggregator", method="max(v)", window={"type": "sliding", "size": 60, "every": 20})
    agent.process({"v": 1}, message)
    agent.process({"v": 5}, message)
    ended = agent.lapse(None)
    assert [each["window"]["start"] for each in ended.values] == [
        window(each, 0)["start"] for each in (-40, -20, 0)
    ]
    assert {each["value"] for each in ended.values} == {5}


async def test_a_session_lasts_until_nothing_came_for_a_while(ready, message):
    agent = await ready("Aggregator", method="sum(v)", window={"type": "session", "gap": "30s"}, group_by="k")
    agent.process({"k": "a", "v": 1}, message)
    agent.site.wait(20)
    agent.process({"k": "a", "v": 2}, message)
    assert isinstance(agent.lapse(agent.site.wait(29)), Dropped)
    assert agent.lapse(agent.site.wait(1)) == {"k": "a", "count": 2, "value": 3, "window": window(0, 20)}


async def test_windows_of_a_number_of_messages(ready, message):
    agent = await ready("Aggregator", method="mean(v)", window=2, group_by="k")
    found = [agent.process({"k": key, "v": value}, message) for key, value in EVENTS]
    assert found[2] == {"k": "a", "count": 2, "value": 2.25}
    assert [isinstance(each, Dropped) for each in found] == [True, True, False, True]
    assert agent.lapse(None) == Several(
        ({"k": "b", "count": 1, "value": 2.0}, {"k": "a", "count": 1, "value": 4.0})
    )


async def test_such_windows_may_overlap(ready, message):
    agent = await ready("Aggregator", method="sum(v)", window={"type": "count", "size": 3, "every": 1})
    found = [agent.process({"v": each}, message) for each in (1, 2, 3, 4)]
    assert [each["value"] for each in found[2:]] == [6, 9]


async def test_groups_without_a_window_go_on(ready, message):
    agent = await ready("Aggregator", method="count", group_by=["k"])
    assert [agent.process({"k": key}, message)["count"] for key, _ in EVENTS] == [1, 1, 2, 3]


async def test_times_in_messages_count_late_ones_too(ready, message):
    agent = await ready("Aggregator", method="count", window={"size": "1m", "time": "at", "lateness": "30s"})
    for at in ("2020-01-01T00:00:10Z", "2020-01-01T00:01:20Z", "2020-01-01T00:00:50+00:00"):
        assert isinstance(agent.process({"at": at}, message), Dropped)
    ended = agent.process({"at": "2020-01-01T00:01:31Z"}, message)
    assert (ended["count"], ended["window"]["start"]) == (2, "2020-01-01T00:00:00+00:00")
    assert isinstance(agent.process({"at": "2020-01-01T00:00:55Z"}, message), Dropped)
    assert agent.site.metrics == {"aggregator.late": [1]}


async def test_windows_of_old_times_end_when_no_more_come(ready, message):
    agent = await ready("Aggregator", method="count", window={"size": "1m", "time": "at"})
    agent.process({"at": "2020-01-01T00:00:10Z"}, message)
    assert (agent.due - agent.site.now()).total_seconds() == 50
    assert agent.lapse(agent.site.wait(51))["count"] == 1


@pytest.mark.parametrize(
    "at", [None, "x", "9999-01-01", True, [1], 1e300, -1e300, "2026-01-01T03:00:00Z", "9" * 400]
)
async def test_times_that_are_none_or_lie_ahead_are_refused(run, at):
    with pytest.raises(AgentError, match="KN805"):
        await run("Aggregator", {"at": at}, method="count", window={"size": "1m", "time": "at"})


@pytest.mark.parametrize(
    ("at", "start"), [(0, 0), (1_577_836_800_000, 1_577_836_800), (1_577_836_859, 1_577_836_800)]
)
async def test_times_may_be_seconds_or_milliseconds(ready, message, at, start):
    agent = await ready("Aggregator", method="count", window={"size": "1m", "time": "at"})
    agent.process({"at": at}, message)
    assert agent.lapse(None)["window"]["start"] == datetime.fromtimestamp(start, UTC).isoformat()


async def test_more_groups_than_declared_are_refused(ready, message):
    agent = await ready("Aggregator", method="count", window="1m", group_by="k", max_groups=3)
    for key in range(3):
        agent.process({"k": key}, message)
    with pytest.raises(AgentError, match="max_groups"):
        agent.process({"k": 4}, message)


async def test_values_that_are_kept_have_a_bound(run):
    with pytest.raises(AgentError, match="100,000"):
        await run("Aggregator", list(range(100_001)), method="median")
    assert (await run("Aggregator", list(range(100_001)), method="mean"))["value"] == 50_000


@pytest.mark.parametrize("key", [[1], {"a": [1]}, None, "x", float("nan")])
async def test_any_value_can_be_a_group(run, key):
    assert (await run("Aggregator", {"k": key}, method="count", group_by="k"))["count"] == 1


async def test_odd_numbers_do_no_harm(run):
    found = await run(
        "Aggregator", [10**4000, math.nan, math.inf, True, "1", 2], method={"s": "sum", "m": "mean"}
    )
    assert found["m"] == 2.0


JOIN = {"on": "id", "of": ["order", "payment"], "within": "10s"}


async def test_parts_are_joined_by_their_key_when_all_have_come(ready, message):
    agent = await ready("Aggregator", method="join", join=JOIN)
    assert isinstance(agent.process({"order": {"id": 1, "sum": 9}}, message), Dropped)
    assert isinstance(agent.process({"payment": {"id": 2}, "order": None}, message), Dropped)
    found = agent.process({"payment": {"id": 1, "by": "card"}}, message)
    assert found == {"key": 1, "order": {"id": 1, "sum": 9}, "payment": {"id": 1, "by": "card"}}


@pytest.mark.parametrize(("kind", "count"), [("inner", 0), ("left", 1), ("outer", 2)])
async def test_what_has_waited_in_vain_comes_out_as_declared(ready, message, kind, count):
    agent = await ready("Aggregator", method="join", join={**JOIN, "kind": kind})
    agent.process({"order": {"id": 1}}, message)
    agent.process({"payment": {"id": 2}}, message)
    assert isinstance(agent.lapse(agent.site.wait(9)), Dropped)
    found = agent.lapse(agent.due)
    values = found.values if isinstance(found, Several) else [found] if isinstance(found, dict) else []
    assert len(values) == count
    assert agent.site.metrics.get("aggregator.incomplete", [0]) == [2 - count]


async def test_parts_may_come_as_messages_that_say_what_they_are(ready, message):
    agent = await ready("Aggregator", method="join", join={**JOIN, "by": "type"})
    agent.process({"type": "order", "id": 1}, message)
    assert agent.process({"type": "payment", "id": 1}, message)["key"] == 1
    assert isinstance(agent.process({"type": "other", "id": 1}, message), Dropped)


async def test_parts_are_those_of_the_input_unless_named(ready, message):
    agent = await ready(
        "Aggregator", method="mean", input={"a": "x.output", "b": "y.output"}, field="score", join="id"
    )
    agent.process({"a": {"id": 1, "score": 2}}, message)
    assert agent.process({"b": {"id": 1, "score": 4}}, message) == {"key": 1, "count": 2, "value": 3.0}


async def test_a_part_without_a_key_is_an_error(run):
    with pytest.raises(AgentError, match="has no id"):
        await run("Aggregator", {"order": {"sum": 1}}, method="join", join=JOIN)


@pytest.mark.parametrize(
    "arguments",
    [
        {"method": "sume"},
        {"method": "sum(a >)"},
        {"method": "sum", "window": "soon"},
        {"method": "sum", "window": {"size": "0s"}},
        {"method": "sum", "window": {"type": "sliding", "size": "1d", "every": "1s"}},
        {"method": "sum", "window": {"type": "session"}},
        {"method": "sum", "window": {"size": "1m", "sized": 1}},
        {"method": "join"},
        {"method": "join", "join": "id"},
        {"method": "join", "join": {"on": {"a": "x"}, "of": ["a", "b"]}},
        {},
    ],
)
async def test_what_makes_no_sense_is_told_at_once(ready, arguments):
    with pytest.raises(AgentError, match="KN802"):
        await ready("Aggregator", **arguments)


async def test_a_site_is_asked_for_the_time(message):
    site = MemorySite()
    assert site.now() == datetime(2026, 1, 1, tzinfo=UTC)


async def test_parts_of_the_input_may_have_weights(run):
    weights = {"a": 3, "b": 1}
    assert (await run("Aggregator", {"a": 1, "b": 5, "c": None}, method="mean", weights=weights))[
        "value"
    ] == 2.0
    assert (await run("Aggregator", {"a": "x", "b": "y", "c": "y"}, method="vote", weights=weights))[
        "value"
    ] == "x"
    scores = {"a": {"score": 1}, "b": {"score": 5}}
    assert (await run("Aggregator", scores, method="sum", field="score", weights=weights))["value"] == 8


async def test_a_field_is_that_of_each_part_if_the_input_has_parts(run):
    scores = {"a": {"score": 1}, "b": {"score": 5}}
    names = {"a": "x.output", "b": "y.output"}
    assert (await run("Aggregator", scores, input=names, method="mean", field="score"))["value"] == 3.0
    assert (await run("Aggregator", {"a": 1, "b": 5}, input=names, method="mean"))["value"] == 3.0


@pytest.mark.parametrize(
    "arguments",
    [{"method": "median"}, {"method": "mean", "window": "1m"}, {"method": "mean", "weights": {"a": -1}}],
)
async def test_weights_that_make_no_sense_are_told(ready, arguments):
    with pytest.raises(AgentError, match="KN802"):
        await ready("Aggregator", **{"weights": {"a": 1}, **arguments})
