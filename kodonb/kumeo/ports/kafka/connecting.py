"""How Kafka is reached."""

from __future__ import annotations

import os
from typing import Any, Final

from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.tls import context

OPTIONS: Final = ("brokers", "user", "password", "mechanism", "tls")
"""Options of a connection."""

_MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI")


def access(declared: Declared) -> dict[str, Any]:
    """Return what a client of Kafka is told: `brokers` or `KODONB_KAFKA`, `user`, `password`, `mechanism`, `tls`.

    Raises:
        PortError: `brokers`, `mechanism` or `tls` is declared wrongly (KN821).
    """
    found: dict[str, Any] = {"bootstrap_servers": _brokers(declared)}
    user, tls = declared.option("user"), declared.option("tls")
    if tls:
        found["ssl_context"] = context(tls, declared.folder, f"{declared.type}({declared.address!r})")
    if user:
        mechanism = str(declared.option("mechanism", "PLAIN"))
        if mechanism not in _MECHANISMS:
            raise declared.wrong(f"there is no `mechanism` {mechanism!r}", f"use {', '.join(_MECHANISMS)}")
        found["sasl_mechanism"] = mechanism
        found["sasl_plain_username"], found["sasl_plain_password"] = (
            str(user),
            str(declared.option("password", "")),
        )
    found["security_protocol"] = f"{'SASL_' if user else ''}{'SSL' if tls else 'PLAINTEXT'}"
    return found


def _brokers(declared: Declared) -> list[str]:
    said = declared.option("brokers") or os.environ.get("KODONB_KAFKA") or "127.0.0.1:9092"
    found = [str(each).strip() for each in (said if isinstance(said, list) else str(said).split(","))]
    for each in found:
        host, colon, port = each.rpartition(":")
        if colon and not (host and port.isdecimal()) and not each.endswith("]"):
            raise declared.wrong(
                "`brokers` are hosts with their ports", 'write e.g. "kafka1:9092,kafka2:9092"'
            )
    return found
