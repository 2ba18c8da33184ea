"""What Kumeo workflows carry over NATS, beside NATS itself in the same run."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.cluster import Clusters
from tests.bench.measure import Measure, percentile

_PAD = "x" * 150
_THREE = """
workflow Bench {
  source: NATS("bench.in")
  target: NATS("bench.out")
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["n"], features: ["even: n % 2 == 0"]}),
    RuleEngine(id: "rules", input: clean.output, rules: [{name: "big", condition: "n > 5000", then: {big: true}}]),
    DecisionMatrix(id: "check", input: rules.output, rules: [{name: "n", condition: "n >= 0"}])
  ]
}
"""


_KINDS = (
    'DecisionMatrix(id: "{id}", input: {reads}, rules: [{{name: "n", condition: "n >= 0"}}])',
    'DataProcessor(id: "{id}", input: {reads}, config: {{required_fields: ["n"], features: ["f: n > {number}"]}})',
    'RuleEngine(id: "{id}", input: {reads}, rules: [{{name: "r", condition: "n > {number}", then: {{g: 1}}}}])',
)


def many(agents: int) -> str:
    """Return a workflow of many agents: ten chains, all of which every event passes, and one agent that joins them."""
    chains = 10
    lines = []
    for number in range(agents - 1):
        reads = "source" if number < chains else f"a{number - chains}.output"
        kind = _KINDS[number // chains % len(_KINDS)]
        lines.append(kind.format(id=f"a{number}", reads=reads, number=number))
    ends = ", ".join(f"e{n}: a{agents - 1 - chains + n}.output" for n in range(chains))
    lines.append(f'DataProcessor(id: "join", input: {{{ends}}})')
    return (
        f'workflow Many {{ source: NATS("many.in") target: NATS("many.out") agents: [ {", ".join(lines)} ] }}'
    )


_CARRY = """
import json, resource, sys, time
began = time.time()
import kodonb as kb
from kodonb.kumeo.running import compiled
kb.connect("inline")
run = compiled(open(sys.argv[1]).read()).submit(limit=int(sys.argv[2]))
for event in run.events(kind="agent"):
    if event.payload.get("what") == "started":
        break
print(json.dumps({"started": time.time() - began}), flush=True)
if sys.argv[2] != "0":
    before = time.process_time()
    result = run.result()
    print(json.dumps({**result, "cpu": time.process_time() - before, "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}), flush=True)
else:
    input()
    run.cancel()
"""


def measure(clusters: Clusters) -> list[Measure]:
    """Measure with a server, an event log and a process of their own."""
    quick = clusters.quick
    with tempfile.TemporaryDirectory(prefix="kodonb-bench-") as folder:
        before = os.environ.get("KODONB_HOME")
        os.environ["KODONB_HOME"] = folder
        try:
            return [*asyncio.run(_over_nats(Path(folder), quick=quick)), *asyncio.run(_batching(quick=quick))]
        finally:
            os.environ.pop("KODONB_HOME") if before is None else os.environ.update(KODONB_HOME=before)


async def _over_nats(folder: Path, *, quick: bool) -> list[Measure]:
    from kodonb.kumeo.ports.nats.connecting import connected

    found: list[Measure] = []
    async with connected(None, folder, lambda _: None) as client:
        count = 20_000 if quick else 100_000
        bodies = [json.dumps({"n": n, "pad": _PAD}).encode() for n in range(count)]
        plain = await _plain(client, bodies)
        relayed = await _relayed(client, bodies)
        await _fill(client, "bench.in", bodies)
        told = await _carried(folder, _THREE, count)
        rate = told["events"] / told["seconds"]
        found += [
            Measure(name="NATS, publish and subscribe, nothing kept", value=plain, unit="/s"),
            Measure(
                name="source → 3 agents → target, 200 B, durable", value=rate, unit="/s", at_least=10_000,
                beside="the same relayed by nats-py alone, durable", baseline=relayed,
            ),
        ]  # fmt: skip
        found.append(
            Measure(
                name="… CPU time of the process that carries it, per event", value=told["cpu"] / told["events"], unit="µs",
                at_most=100e-6,
            )
        )  # fmt: skip
        found += await _latency(folder, client, 200 if quick else 1000)
        found += await _agents(folder, client, 1000 if quick else 5000)
    return found


async def _plain(client: Any, bodies: list[bytes]) -> float:
    """Return how many messages a second come from a publisher to a subscriber."""
    done, count = asyncio.Event(), 0

    async def heard(_: Any) -> None:
        nonlocal count
        count += 1
        if count == len(bodies):
            done.set()

    listening = await client.subscribe("plain", cb=heard, pending_msgs_limit=-1, pending_bytes_limit=-1)
    began = time.perf_counter()
    for number, body in enumerate(bodies):
        await client.publish("plain", body)
        if number % 500 == 0:
            await asyncio.sleep(0)
    await asyncio.wait_for(done.wait(), 120)
    await listening.unsubscribe()
    return len(bodies) / (time.perf_counter() - began)


async def _fill(client: Any, subject: str, bodies: list[bytes]) -> None:
    from kodonb.kumeo.ports.nats.publishing import Letter, Publisher
    from kodonb.kumeo.ports.nats.streams import stream_for

    await stream_for(client, subject, {})
    publisher = Publisher(client)
    await publisher.open()
    for start in range(0, len(bodies), 1000):
        await publisher.publish([Letter(subject, body, {}) for body in bodies[start : start + 1000]])
    await publisher.close()


async def _relayed(client: Any, bodies: list[bytes]) -> float:
    """Return how many messages a second go from stream to stream, each acknowledged, without any workflow."""
    from nats.js import api

    await _fill(client, "raw.in", bodies)
    context = client.jetstream(publish_async_max_pending=4000)
    await context.add_stream(name="raw_out", subjects=["raw.out"])
    config = api.ConsumerConfig(max_ack_pending=20_000)
    reading = await context.pull_subscribe("raw.in", durable="raw", config=config)
    began, done = time.perf_counter(), 0
    while done < len(bodies):
        batch = await reading.fetch(min(500, len(bodies) - done), timeout=10)
        futures = [
            await context.publish_async("raw.out", each.data, headers={"Nats-Msg-Id": f"r{done + n}"})
            for n, each in enumerate(batch)
        ]
        await asyncio.gather(*futures)
        for each in batch:
            await each.ack()
        done += len(batch)
    return len(bodies) / (time.perf_counter() - began)


def _start(folder: Path, text: str, limit: int) -> subprocess.Popen[str]:
    file = folder / "bench.kumeo"
    file.write_text(text)
    return subprocess.Popen(
        [sys.executable, "-c", _CARRY, str(file), str(limit)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


async def _line(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(await asyncio.to_thread(process.stdout.readline))


async def _carried(folder: Path, text: str, count: int) -> dict[str, Any]:
    with _start(folder, text, count) as process:
        started = await _line(process)
        return {**started, **await _line(process)}


async def _latency(folder: Path, client: Any, count: int) -> list[Measure]:
    """Measure one event at a time: from before it is published to when a subscriber has its result."""
    came: asyncio.Queue[None] = asyncio.Queue()

    async def heard(_: Any) -> None:
        came.put_nowait(None)

    listening = await client.subscribe("bench.out", cb=heard)
    taken, raw = [], []
    with _start(folder, _THREE, 0) as process:
        await _line(process)
        context = client.jetstream()
        for number in range(count + 20):
            began = time.perf_counter()
            await context.publish("bench.in", json.dumps({"n": number, "pad": _PAD}).encode())
            await asyncio.wait_for(came.get(), 10)
            taken.append(time.perf_counter() - began)
        await listening.unsubscribe()
        for number in range(count + 20):
            began = time.perf_counter()
            await context.publish("bench.out", json.dumps({"n": number, "pad": _PAD}).encode())
            raw.append(time.perf_counter() - began)
        process.communicate("\n")
    names = (("p50", 0.5, 0.01), ("p99", 0.99, 0.05))
    return [
        Measure(
            name=f"one event at a time, {name}", value=percentile(taken[20:], share), unit="ms", at_most=bound,
            beside="one acknowledged publish", baseline=percentile(raw[20:], share),
        )
        for name, share, bound in names
    ]  # fmt: skip


async def _agents(folder: Path, client: Any, count: int) -> list[Measure]:
    await _fill(client, "many.in", [json.dumps({"n": n, "pad": _PAD}).encode() for n in range(count)])
    told = await _carried(folder, many(200), count)
    return [
        Measure(name="200 agents: imports and start", value=told["started"], unit="s", at_most=10),
        Measure(name="200 agents: memory", value=told["rss"] / 1e6, unit="MB", at_most=1500),
        Measure(name="200 agents: events", value=told["events"] / told["seconds"], unit="/s", at_least=1000),
    ]


async def _batching(*, quick: bool) -> list[Measure]:
    """Measure inference in batches beside inference one by one, through the whole engine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _network(folder / "net.onnx")
        rates: dict[int, list[float]] = {1: [], 64: []}
        for _ in range(5):
            for size, found in rates.items():
                gc.collect()  # so that none meets with what another has left
                found.append(await _inferred(folder, size, 2000 if quick else 5000))
    alone, together = (median(found) for found in rates.values())
    return [
        Measure(
            name="ONNX agent, batches of 64", value=together, unit="/s", beside="one by one", baseline=alone, ratio_at_least=3,
        )
    ]  # fmt: skip


def _network(file: Path) -> None:
    """Write a network of two layers: 64 numbers in, 2 out."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    chance = np.random.default_rng(1)
    weights = {
        name: numpy_helper.from_array(chance.normal(0, 0.1, size).astype(np.float32), name)
        for name, size in (("w1", (64, 1024)), ("w2", (1024, 1024)), ("w3", (1024, 2)))
    }
    nodes = [
        helper.make_node("MatMul", ["x", "w1"], ["a"]), helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("MatMul", ["b", "w2"], ["c"]), helper.make_node("Relu", ["c"], ["d"]),
        helper.make_node("MatMul", ["d", "w3"], ["e"]), helper.make_node("Softmax", ["e"], ["probabilities"]),
    ]  # fmt: skip
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])], list(weights.values()),
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(made, str(file))


async def _inferred(folder: Path, size: int, count: int) -> float:
    from kodonb.kumeo.ports.memory import ListSource, ListTarget
    from kodonb.kumeo.running.carrying import World, carry
    from kodonb.kumeo.running.entry import checked
    from kodonb.kumeo.running.planning.planning import plan

    features = ", ".join(f'"f{n}"' for n in range(64))
    text = (
        'workflow W { source: NATS("in") target: NATS("out") agents: '
        f'[ MLModel(id: "m", model: "net.onnx", input: source, batch_size: {size}, concurrency: 1, features: [{features}]) ] }}'
    )
    values = [{f"f{n}": (number * n % 7) / 7 for n in range(64)} for number in range(count)]
    target = ListTarget()
    world = World(sources=[ListSource(values)], targets=[target])
    outcome = await carry(plan(checked(text)), world, folder, emit=lambda _kind, _payload: None)
    assert len(target.values) == count, "some were put aside"
    return outcome.events / outcome.seconds
