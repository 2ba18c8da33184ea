"""Where an HTTP source listens."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from kodonb.kumeo.ports.declared import Declared

PORT = 8088
"""Where a source listens that does not say."""


class Place(NamedTuple):
    """Where a source listens."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """Its address for clients on this machine."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - said by the program
        return f"http://{host}:{self.port}{self.path}"


def place(declared: Declared) -> Place:
    """Return where a source listens: on loopback, unless it says otherwise.

    Raises:
        PortError: Its address is neither a path nor an address (KN821).
    """
    said = declared.address
    if said.startswith("/"):
        host, port, path = str(declared.option("host", "127.0.0.1")), declared.whole("port", PORT), said
    else:
        if not is_address(said, "http"):
            raise declared.wrong(
                "a source listens at a path or an address",
                'write HTTP("/orders") or HTTP("http://0.0.0.0:8080/orders")',
            )
        parts = urlsplit(said)
        host, port, path = str(parts.hostname), parts.port or PORT, parts.path or "/"
    return Place(host, port, path)


def is_address(said: str, *schemes: str) -> bool:
    """Whether a text is a whole address with one of these schemes."""
    try:
        parts = urlsplit(said)
        return parts.scheme in schemes and bool(parts.hostname) and (parts.port or PORT) > 0
    except ValueError:  # the port is none
        return False
