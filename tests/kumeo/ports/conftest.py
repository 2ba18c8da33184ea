from __future__ import annotations

import pytest

from tests.kumeo.ports.servers import Mosquitto, NatsServer


@pytest.fixture
def nats_server(tmp_path, monkeypatch):
    """A real NATS server, which workflows of this test use."""
    folder = tmp_path / "nats"
    folder.mkdir()
    server = NatsServer(folder)
    server.start()
    monkeypatch.setenv("KODONB_NATS", server.url)
    monkeypatch.setenv("KODONB_HOME", str(tmp_path / "home"))
    yield server
    server.stop()


@pytest.fixture
def mosquitto(tmp_path, monkeypatch):
    """A real MQTT broker, which workflows of this test use."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    monkeypatch.setenv("KODONB_MQTT", broker.url)
    yield broker
    broker.stop()


@pytest.fixture
def kafka(monkeypatch):
    """Brokers that librdkafka plays: Kafka's protocol over real connections, without its storage."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"test.mock.num.brokers": 3, "bootstrap.servers": "none", "log_level": 0})
    brokers = admin.list_topics(timeout=10).brokers.values()
    monkeypatch.setenv("KODONB_KAFKA", ",".join(f"{each.host}:{each.port}" for each in brokers))
    return admin
