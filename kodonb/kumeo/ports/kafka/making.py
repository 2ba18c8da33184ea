"""Makes sources and targets of Kafka of their declarations."""

from __future__ import annotations

from typing import Any

from kodonb.kumeo.ports.declared import Declared, package
from kodonb.kumeo.ports.kafka.connecting import OPTIONS


def source(declared: Declared) -> Any:
    """Return a source; its address is a topic."""
    declared.known("group", "start", *OPTIONS)
    package("aiokafka", declared)
    from kodonb.kumeo.ports.kafka.source import KafkaSource  # noqa: PLC0415 - with the package that it needs

    return KafkaSource(declared)


def target(declared: Declared) -> Any:
    """Return a target; its address is a topic."""
    declared.known(*OPTIONS)
    package("aiokafka", declared)
    from kodonb.kumeo.ports.kafka.target import KafkaTarget  # noqa: PLC0415 - with the package that it needs

    return KafkaTarget(declared)
