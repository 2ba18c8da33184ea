"""How Kafka is reached."""

from __future__ import annotations

import os
from typing import Any, Final

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.tls import context

OPTIONS: Final = ("brokers", "user", "password", "mechanism", "tls")
"""Options of a connection."""


def access(declared: Declared) -> dict[str, Any]:
    """Return what a client of Kafka is told: `brokers` or `KODONB_KAFKA`, `user`, `password`, `mechanism`, `tls`.

    Raises:
        PortError: `tls` is declared wrongly (KN821).
    """
    brokers = declared.option("brokers") or os.environ.get("KODONB_KAFKA") or "127.0.0.1:9092"
    found: dict[str, Any] = {
        "bootstrap_servers": brokers if isinstance(brokers, list) else str(brokers).split(",")
    }
    user, tls = declared.option("user"), declared.option("tls")
    if tls:
        found["ssl_context"] = context(tls, declared.folder, f"{declared.type}({declared.address!r})")
    if user:
        found["sasl_mechanism"] = str(declared.option("mechanism", "PLAIN"))
        found["sasl_plain_username"], found["sasl_plain_password"] = (
            str(user),
            str(declared.option("password", "")),
        )
    found["security_protocol"] = f"{'SASL_' if user else ''}{'SSL' if tls else 'PLAINTEXT'}"
    return found
