from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import ClassVar

import pytest

from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running import compiled
from kodonb.kumeo.running.choosing import chosen
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.surrounding import Connection, Surrounding, Wishes
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


async def test_an_alert_that_cannot_be_sent_is_told_and_one_that_is_on_its_way_is_waited_for():
    class Client:
        said: ClassVar = []

        async def publish(self, subject, body):
            await asyncio.sleep(0.01)
            if subject == "bad":
                raise ConnectionError("closed")
            self.said.append((subject, body))

    told = []
    around = Surrounding(
        workflow=chosen(checked(workflow(""))), fill=plain, folder=Path(), wishes=Wishes(),
        emit=lambda _, payload: told.append(payload["message"]),
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        connection = Connection(around, stack)
        connection._client = Client()
        connection.alarm("bad", 1)
        connection.alarm("ops", 2)
        await connection._said()
    assert Client.said == [("ops", b"2")]
    assert told == ["`bad` could not be told of something: closed"]
