"""Counts what came out of a workflow, and says whether something was lost or doubled."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

from nats.js.api import AckPolicy, ConsumerConfig

from kodonb.kumeo.ports.nats.connecting import connected
from kodonb.kumeo.ports.nats.publishing import Letter, Publisher
from kodonb.kumeo.ports.nats.streams import stream_for

COUNTED = """
workflow Counted {
  source: NATS("orders")
  target: NATS("counted")
  agents: [
    DataProcessor(id: "clean", input: source, config: {required_fields: ["n"], features: ["even: n % 2 == 0"]}),
    RuleEngine(id: "rules", input: clean.output, rules: [{name: "big", condition: "n > 5000", then: {big: true}}]),
    DecisionMatrix(id: "check", input: rules.output, rules: [{name: "n", condition: "n >= 0"}])
  ]
}
"""


async def publish(client, subject, values):
    """Put values into a stream, each acknowledged."""
    await stream_for(client, subject, {})
    publisher = Publisher(client)
    await publisher.open()
    letters = [Letter(subject, json.dumps(value).encode(), {}) for value in values]
    for start in range(0, len(letters), 500):
        assert not any(await publisher.publish(letters[start : start + 500]))
    await publisher.close()


async def size(client, subject):
    """Return how many messages a stream holds; 0 if there is none yet."""
    try:
        name = await client.jetstream().find_stream_name_by_subject(subject)
        return (await client.jetstream().stream_info(name)).state.messages
    except Exception:  # noqa: BLE001 - not there yet, or the server is just away
        return 0


async def until_size(client, subject, count, within=90.0):
    """Wait until a stream holds so many messages."""
    until = time.monotonic() + within
    while (found := await size(client, subject)) < count:
        assert time.monotonic() < until, f"{subject} has {found} of {count}"
        await asyncio.sleep(0.02)


async def everything(client, subject):
    """Return the data of all messages of a stream."""
    config = ConsumerConfig(ack_policy=AckPolicy.NONE)
    reading = await client.jetstream().pull_subscribe(subject, config=config)
    found = []
    while len(found) < await size(client, subject):
        found += [json.loads(each.data) for each in await reading.fetch(500, timeout=10)]
    return found


async def assert_each_once(client, subject, count):
    """Check that all numbers below `count` came out, each once."""
    numbers = sorted(each["n"] for each in await everything(client, subject))
    assert len(numbers) == len(set(numbers)), "some were doubled"
    assert numbers == list(range(count)), "some were lost"


def connection(url, warn=lambda _: None):
    return connected(url, Path(), warn)
