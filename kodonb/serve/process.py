"""A service in this process, without Ray Serve."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any, Final

import uvicorn

from kodonb.model.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

_END: Final = 5  # seconds that open requests get at the end


class _Server(uvicorn.Server):
    """Says when it takes requests.

    Args:
        config: As of uvicorn.
        started: Called then.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell()


def serve_here(app: Any, host: str, port: int, started: Callable[[str], None]) -> None:
    """Serve an ASGI application until Ctrl-C; its runs are carried by the current session.

    Args:
        app: The application.
        host: Address to bind.
        port: Port; 0 for any that is free.
        started: Called with the address, once requests are taken.

    Raises:
        KeyboardInterrupt: When it was ended so, after open requests have had a few seconds.
        ServiceError: The port cannot be bound, or the application does not start (KN706).
    """
    with _bound(host, port) as listening:
        address = f"http://{host}:{listening.getsockname()[1]}/"
        config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=_END)
        server = _Server(config, lambda: started(address))
        server.run(sockets=[listening])
    if not server.started:
        raise ServiceError("the service does not start", code="KN706", remedy="mend what is told above")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ServiceError(
            f"port {port} of {host} cannot be bound: {os.strerror(error.errno or 0)}",
            code="KN706",
            where=f"{host}:{port}",
            remedy="end what listens there, or take another one with --port; 0 takes any that is free",
        ) from error
