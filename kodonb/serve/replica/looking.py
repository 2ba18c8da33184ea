"""Asking an application something from within its own process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message

_SHOWN: Final = 500  # characters of an answer


async def look(app: ASGIApp, path: str) -> tuple[int, str]:
    """Return status and beginning of the answer to ``GET path``.

    Args:
        app: The application; its lifespan has begun.
        path: The path.
    """
    status = 500
    told: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body":
            told.append(message.get("body", b""))

    await app(_scope(path), receive, send)
    return status, b"".join(told).decode(errors="replace")[:_SHOWN]


def _scope(path: str) -> dict[str, object]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
