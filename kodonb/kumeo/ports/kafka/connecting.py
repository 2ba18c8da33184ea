"""How Kafka is reached."""

from __future__ import annotations

import os
import ssl
from typing import Any, Final

from kodonb.kumeo.ports.declared import Declared

OPTIONS: Final = ("brokers", "user", "password", "mechanism", "tls")
"""Options of a connection."""


def access(declared: Declared) -> dict[str, Any]:
    """Return what a client of Kafka is told: `brokers` or `KODONB_KAFKA`, `user`, `password`, `mechanism`, `tls`."""
    brokers = declared.option("brokers") or os.environ.get("KODONB_KAFKA") or "127.0.0.1:9092"
    found: dict[str, Any] = {
        "bootstrap_servers": brokers if isinstance(brokers, list) else str(brokers).split(",")
    }
    user, tls = declared.option("user"), declared.option("tls")
    if tls:
        found["ssl_context"] = _context(declared, dict(tls) if isinstance(tls, dict) else {})
    if user:
        found["sasl_mechanism"] = str(declared.option("mechanism", "PLAIN"))
        found["sasl_plain_username"], found["sasl_plain_password"] = (
            str(user),
            str(declared.option("password", "")),
        )
    found["security_protocol"] = f"{'SASL_' if user else ''}{'SSL' if tls else 'PLAINTEXT'}"
    return found


def _context(declared: Declared, files: dict[str, Any]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=str(declared.folder / files["ca"]) if files.get("ca") else None
        )
        if files.get("cert"):
            context.load_cert_chain(
                declared.folder / files["cert"], declared.folder / files["key"] if files.get("key") else None
            )
    except (OSError, ssl.SSLError) as error:
        raise declared.wrong(f"a file of `tls` cannot be read: {error}", "correct the path") from None
    return context
