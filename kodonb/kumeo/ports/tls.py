"""How a connection is encrypted: what `tls` says, the same for NATS, MQTT and Kafka."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.ports.errors import PortError

_KNOWN: Final = frozenset({"ca", "cert", "key", "verify"})


def context(said: Any, folder: Path, where: str = "") -> ssl.SSLContext:
    """Return how a connection is encrypted.

    Args:
        said: ``{ca, cert, key, verify}``, the first three of them files; anything else for what the machine trusts.
        folder: Where relative paths start.
        where: What is reached.

    Raises:
        PortError: It says something that is not known, or a file cannot be read (KN821).
    """
    given = dict(said) if isinstance(said, Mapping) else {}
    unknown = set(given) - _KNOWN
    if unknown:
        remedy = f"use {', '.join(sorted(_KNOWN))}"
        raise PortError(f"`tls` knows no {min(unknown)!r}", code="KN821", where=where, remedy=remedy)
    files = {name: folder / given[name] for name in ("ca", "cert", "key") if given.get(name)}
    try:
        made = ssl.create_default_context(cafile=files.get("ca"))
        if "cert" in files:
            made.load_cert_chain(files["cert"], files.get("key"))
    except OSError as error:
        message = f"a file of `tls` cannot be read: {error}"
        raise PortError(message, code="KN821", where=where, remedy="correct the path") from None
    if given.get("verify") is False:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
