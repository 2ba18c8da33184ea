"""Workflows between all kinds of sources and targets."""

from __future__ import annotations

import asyncio
import json

import aiohttp

from kodonb.kumeo.ports import kinds
from kodonb.kumeo.ports.memory import ListSource, ListTarget
from kodonb.kumeo.running import compiled, send
from tests.conftest import frozen, home, inline
from tests.kumeo.ports.conftest import mosquitto
from tests.kumeo.ports.opening import outgoing, source, target
from tests.kumeo.ports.servers import free_port

CHECK = (
    'DecisionMatrix(id: "check", input: source, rules: [{name: "n", condition: "n >= 0", error: "negative"}])'
)

__all__ = ["frozen", "home", "inline", "mosquitto"]


def between(source_, target_, agents=CHECK):
    return f"workflow Between {{ source: {source_} target: {target_} agents: [ {agents} ] }}"


async def test_who_sends_a_request_gets_the_results(inline, tmp_path):
    port = free_port()
    text = between(f'HTTP("/orders", {{port: {port}}})', 'File("out.jsonl")')
    run = await asyncio.to_thread(compiled(text, folder=str(tmp_path)).submit)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for _ in range(200):
            try:
                answer = await session.post("/orders", json={"n": 1})
                break
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
        assert answer.status == 200 and (await answer.json())["results"] == [{"n": 1}]
        answer = await session.post("/orders", json={"n": -1})
        assert answer.status == 422 and "negative" in (await answer.json())["error"]
        assert await asyncio.to_thread(send, text, [{"n": 2}]) == 1
    await asyncio.to_thread(run.cancel)
    assert (tmp_path / "out.jsonl").read_text() == '{"n":1}\n{"n":2}\n'


async def test_events_go_from_topic_to_topic(inline, mosquitto):
    text = between('MQTT("orders/+")', 'MQTT("checked")')
    run = await asyncio.to_thread(compiled(text).submit)
    async with source("MQTT", "checked", client_id="reader") as made, target("MQTT", "orders/new") as out:
        events = run.events(kind="agent")
        await asyncio.to_thread(next, (each for each in events if each.payload["what"] == "started"))
        await out.send(outgoing([{"n": n} for n in range(1000)]))
        found = []
        while len(found) < 1000:
            batch = await asyncio.wait_for(made.pull(100), 20)
            found += [each.message.data["n"] for each in batch]
            await made.done(batch)
    assert sorted(found) == list(range(1000))
    await asyncio.to_thread(run.cancel)


def test_a_timer_fills_a_file(inline, tmp_path):
    text = between('Timer("50ms", {count: 3, data: {n: 5}})', 'File("ticks.jsonl")')
    assert compiled(text, folder=str(tmp_path)).submit().result()["results"] == [3]
    rows = [json.loads(line) for line in (tmp_path / "ticks.jsonl").read_text().splitlines()]
    assert [(row["n"], row["number"]) for row in rows] == [(5, 1), (5, 2), (5, 3)]


def test_files_go_in_and_out_whole(inline, tmp_path):
    (tmp_path / "in.csv").write_text("n\n1\n-1\n2\n")
    text = between('File("in.csv", {dead_letter: "dead.jsonl"})', 'File("out.csv")')
    result = compiled(text, folder=str(tmp_path)).submit().result()
    assert (result["results"], result["dead"]) == ([2], 1)
    assert (tmp_path / "out.csv").read_text() == "n\n1\n2\n"
    assert json.loads((tmp_path / "dead.jsonl").read_text())["reasons"][0]["message"] == "n: negative"


def test_settings_are_filled_in_where_the_workflow_runs(inline, tmp_path, monkeypatch):
    monkeypatch.setenv("INPUT", "in.jsonl")
    (tmp_path / "in.jsonl").write_text('{"n": 1}\n')
    text = between('File("${env.INPUT}")', 'File("${env.OUTPUT:-out}.${config.ending}")', CHECK).replace(
        "agents:", 'config: {ending: "jsonl"} agents:'
    )
    assert compiled(text, folder=str(tmp_path)).submit().result()["results"] == [1]
    assert (tmp_path / "out.jsonl").exists()


def test_sources_and_targets_of_ones_own(inline):
    out = ListTarget()
    kinds.register(
        "Numbers", source=lambda declared: ListSource([{"n": n} for n in range(int(declared.address))])
    )
    kinds.register("Kept", target=lambda declared: out)
    result = compiled(between('Numbers("4")', 'Custom("Kept")')).submit().result()
    assert result["results"] == [4] and out.values == [{"n": n} for n in range(4)]


def test_several_sources_and_targets(inline, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"n": 1}\n')
    (tmp_path / "b.jsonl").write_text('{"n": 2}\n')
    same = 'DataProcessor(id: "a", input: "a.jsonl"), DataProcessor(id: "b", input: "b.jsonl", output: target.second)'
    text = between('[File("a.jsonl"), File("b.jsonl")]', '[File("first.jsonl"), File("second.jsonl")]', same)
    assert compiled(text, folder=str(tmp_path)).submit().result()["results"] == [1, 2]
    assert (tmp_path / "first.jsonl").read_text() == '{"n":1}\n'
    assert sorted((tmp_path / "second.jsonl").read_text().splitlines()) == ['{"n":1}', '{"n":2}']
