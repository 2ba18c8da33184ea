from __future__ import annotations

import asyncio

from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.custom import agent
from kodonb.kumeo.running import compiled
from tests.kumeo.ports.conftest import nats_server
from tests.kumeo.running.counting import COUNTED, assert_each_once, connection, publish, until_size
from tests.ray.conftest import eventually, kill

__all__ = ["nats_server"]

EVENTS = 10_000


def test_a_workflow_runs_on_a_cluster(ray_session):
    run = compiled(COUNTED).submit(events=[{"n": 1}, {"n": -1}])
    assert run.result()["values"] == [{"n": 1, "even": False, "matched": []}]
    assert {event.payload["agent"] for event in run.events(kind="agent", follow=False) if event.payload["what"] == "hop"} == {
        "clean", "rules", "check",
    }  # fmt: skip


async def test_a_killed_runner_loses_no_event_and_doubles_none(ray_session, nats_server, monkeypatch):
    text = COUNTED.replace("agents:", "deployment: {scaling: {min_replicas: 2}} agents:")
    flow = compiled(text)
    async with connection(nats_server.url) as client:
        run = await asyncio.to_thread(flow.submit, nats=nats_server.url)
        filling = asyncio.ensure_future(publish(client, "orders", [{"n": n} for n in range(EVENTS)]))
        await until_size(client, "counted", EVENTS // 4)
        (runner,) = [each for each in ray_session.parts()["runners"] if each["run"] == run.id]
        kill(runner["pid"])
        await filling
        await asyncio.to_thread(eventually, lambda: run.record.ended_already, "the run has ended")
        assert run.status == "error"
        again = await asyncio.to_thread(run.retry)
        await until_size(client, "counted", EVENTS)
        await asyncio.sleep(1)
        assert {event.source for event in again.events(kind="agent", follow=False)} == {"flow", "replica#1"}
        await asyncio.to_thread(again.cancel)
        await assert_each_once(client, "counted", EVENTS)


def test_a_workflow_occupies_on_a_cluster_what_its_agents_need_together(ray_session):
    @agent("Assigned")
    def assigned(inputs):
        import ray

        return dict(ray.get_runtime_context().get_assigned_resources())

    text = """
    workflow Heavy {
      source: NATS("in") target: NATS("out")
      deployment: {resources: {default: {cpu: "250m"}, a: {cpu: "250m", memory: "64Mi"}, b: {memory: "64Mi"}}}
      agents: [Assigned(id: "a", input: source), DataProcessor(id: "b", input: a.output)]
    }
    """
    try:
        (found,) = compiled(text).submit(events=[{}]).result()["values"]
    finally:
        registry.forget("Assigned")
    assert found["CPU"] == 0.5 and found["memory"] == 128 * 2**20
