"""Makes sources and targets of NATS of their declarations."""

from __future__ import annotations

from typing import Final

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.nats.source import NatsSource, PlainNatsSource
from kodonb.kumeo.ports.nats.target import NatsTarget, PlainNatsTarget
from kodonb.kumeo.ports.protocol import Source, Target

_STREAM: Final = ("stream", "create", "max_age", "max_bytes", "replicas", "duplicate_window", "jetstream")


async def source(declared: Declared) -> Source:
    """Return a source."""
    declared.known("durable", "queue", "start", "ack_wait", *_STREAM)
    client = await declared.client()
    if declared.option("jetstream", True) is False:
        return PlainNatsSource(client, declared.address, declared.options)
    name = f"{declared.workflow}-{declared.address}"
    return NatsSource(client, declared.address, declared.options, name, declared.replay)


async def target(declared: Declared) -> Target:
    """Return a target."""
    declared.known(*_STREAM)
    client = await declared.client()
    if declared.option("jetstream", True) is False:
        return PlainNatsTarget(client, declared.address)
    return NatsTarget(client, declared.address, declared.options)
