"""Makes sources and targets of MQTT of their declarations."""

from __future__ import annotations

from typing import Any

from kodonb.kumeo.ports.declared import Declared, package


def source(declared: Declared) -> Any:
    """Return a source; its address is a topic, with wildcards maybe."""
    declared.known("broker", "user", "password", "tls", "client_id", "qos")
    package("paho.mqtt.client", declared)
    from kodonb.kumeo.ports.mqtt.source import MqttSource  # noqa: PLC0415 - with the package that it needs

    return MqttSource(declared)


def target(declared: Declared) -> Any:
    """Return a target; its address is a topic."""
    declared.known("broker", "user", "password", "tls", "qos")
    package("paho.mqtt.client", declared)
    from kodonb.kumeo.ports.mqtt.target import MqttTarget  # noqa: PLC0415 - with the package that it needs

    return MqttTarget(declared)
