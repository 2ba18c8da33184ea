from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.kafka.connecting import access
from kodonb.kumeo.ports.mqtt.connecting import Connection
from kodonb.kumeo.ports.tls import context
from tests.kumeo.ports.opening import declared


def test_a_server_is_checked_unless_that_is_declined():
    assert context(True, Path()).verify_mode == ssl.CERT_REQUIRED
    made = context({"verify": False}, Path())
    assert made.verify_mode == ssl.CERT_NONE and not made.check_hostname


@pytest.mark.parametrize(
    "said", [{"ca": "none.pem"}, {"cert": "none.pem", "key": "none.pem"}, {"verfy": False}]
)
def test_what_is_declared_wrongly_is_told(tmp_path, said):
    with pytest.raises(PortError, match="KN821"):
        context(said, tmp_path)


def test_kafka_takes_it_as_declared():
    made = access(declared("Kafka", "orders", tls={"verify": False}))
    assert made["security_protocol"] == "SSL" and made["ssl_context"].verify_mode == ssl.CERT_NONE
    with pytest.raises(PortError, match="verfy") as caught:
        access(declared("Kafka", "orders", tls={"verfy": False}))
    assert "Kafka('orders')" in str(caught.value)


async def test_mqtt_takes_it_as_declared():
    made = Connection(declared("MQTT", "orders", broker="mqtts://127.0.0.1:1", tls={"verfy": False}), "")
    with pytest.raises(PortError, match="verfy"):
        await made.open()
