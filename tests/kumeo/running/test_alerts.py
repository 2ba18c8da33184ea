from __future__ import annotations

import asyncio

import pytest

from kodonb.kumeo.running import compiled
from kodonb.kumeo.running.errors import WorkflowError
from tests.conftest import frozen, home, inline
from tests.kumeo.running.troupe import kind, perform, workflow

__all__ = ["frozen", "home", "inline"]


async def slow(agent, inputs, message):
    await asyncio.sleep(inputs["wait"])
    return inputs


async def test_an_alert_is_raised_once_and_said_to_be_over():
    text = workflow(
        'Slow(id: "slow", input: source, concurrency: 1)',
        more='monitor: {alerts: {"response_time > 100ms": "ops.slow", "slow.latency > 1h": "never"}}',
    )
    values = [{"wait": wait} for wait in (*[0.3] * 8, *[0.0] * 200, 1.2, *[0] * 3)]
    stage = await perform(text, values, kinds={"Slow": kind(slow)}, window=1)
    states = [(each["alert"], each["state"]) for each in stage.of("action")]
    assert [state for _, state in states[:2]] == ["raised", "over"]
    assert {alert for alert, _ in states} == {"response_time > 100ms"}
    assert stage.alarms[0][0] == "ops.slow" and stage.alarms[0][1]["numbers"]["response_time"] > 0.1
    assert {"W.throughput", "W.response_time"} <= {each["name"] for each in stage.of("metric")}


async def test_a_malformed_alert_is_told_before_anything_runs():
    text = workflow(
        'Slow(id: "slow", input: source)', more='monitor: {alerts: {"error_rate > ${env.LIMIT}": "ops"}}'
    )
    with pytest.raises(WorkflowError, match=r"alerts|expected"):
        await perform(text, [], kinds={"Slow": kind(slow)})


def test_an_alert_is_told_once_where_there_is_only_the_event_stream(inline):
    text = """
    workflow W { source: NATS("in") target: NATS("out") monitor: {alerts: {"throughput > 0": "ops"}} agents: [
      DecisionMatrix(id: "check", input: source, rules: [{name: "n", condition: "n > 0"}], on_failure: {action: "reject", channel: "bad"})
    ] }
    """
    run = compiled(text, enter=False).submit(events=[{"n": 1}, {"n": 0}])
    run.result()
    told = [event.payload for event in run.events(kind="action", follow=False)]
    assert [each["alert"] for each in told if each["channel"] == "ops"] == ["throughput > 0"]
    (failed,) = [each for each in told if each["channel"] == "bad"]
    assert failed["data"] == {"n": 0} and failed["error"]["agent"] == "check"
