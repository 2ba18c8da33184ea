"""A connection to NATS: to the server that the program names, or `KODONB_NATS`, or one of this instance."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from nats.aio.client import Client
from nats.errors import Error, SlowConsumerError

from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.nats.identity import credentials_file, key_file
from kodonb.kumeo.ports.nats.server import Server
from kodonb.kumeo.ports.tls import context
from kodonb.model.settings import settings

_WAIT: Final = 10.0
_PENDING: Final = 32 * 1024 * 1024
_KNOWN: Final = frozenset(
    {"url", "servers", "user", "password", "token", "credentials", "nkey", "tls", "name"}
)

Warn = Callable[[str], None]

_listeners: WeakKeyDictionary[Client, list[Callable[[], None]]] = WeakKeyDictionary()


def when_found(client: Client, call: Callable[[], None]) -> None:
    """Have something called whenever a connection that was lost is there again."""
    _listeners.setdefault(client, []).append(call)


@asynccontextmanager
async def connected(said: Any, folder: Path, warn: Warn) -> AsyncIterator[Client]:
    """Connect to NATS.

    Args:
        said: What the program says of it: an address, or `url`, `user`, `password`, `token`, `credentials` (a
            file), `nkey` (a file with a seed) and `tls` (`ca`, `cert`, `key`: files; `verify`); nothing for
            the server that is there.
        folder: Where relative paths start.
        warn: Told when the connection is lost and found again.

    Raises:
        PortError: The server cannot be reached (KN820), or is declared wrongly (KN821).
    """
    options = _options(said, folder)
    if options.get("servers"):
        client = await _connect(options, warn)
        try:
            yield client
        finally:
            await _closed(client)
        return
    async with Server(settings().home / "nats") as server:
        access = server.access
        client = await _connect(
            {**options, "servers": [access.url], "user": access.user, "password": access.password},
            warn,
            server.use,
        )
        try:
            yield client
        finally:
            await _closed(client)


def _options(said: Any, folder: Path) -> dict[str, Any]:
    """Return the options of the client."""
    given = dict(said) if isinstance(said, Mapping) else {"url": said} if said else {}
    unknown = set(given) - _KNOWN
    if unknown:
        raise PortError(
            f"`nats` knows no {min(unknown)!r}", code="KN821", remedy=f"use {', '.join(sorted(_KNOWN))}"
        )
    url = given.get("servers") or given.get("url") or os.environ.get("KODONB_NATS") or ""
    found: dict[str, Any] = {
        "servers": [each.strip() for each in url.split(",")] if isinstance(url, str) and url else url
    }
    found |= {name: given[name] for name in ("user", "password", "token", "name") if given.get(name)}
    if given.get("credentials"):
        found["user_credentials"] = credentials_file(given["credentials"], folder)
    if given.get("nkey"):
        found["nkeys_seed"] = key_file(given["nkey"], folder)
    if given.get("tls"):
        found["tls"] = context(given["tls"], folder, "nats")
    return found


async def _connect(options: dict[str, Any], warn: Warn, revive: Callable[[], object] | None = None) -> Client:
    async def lost() -> None:
        if not client.is_closed:
            warn("the connection to NATS was lost; it is looked for")
            if revive is not None:
                await asyncio.to_thread(revive)

    async def found() -> None:
        warn("the connection to NATS is there again")
        for call in _listeners.get(client, ()):
            call()

    async def failed(error: Exception) -> None:
        if isinstance(error, SlowConsumerError) and not isinstance(known.get("error"), SlowConsumerError):
            warn("messages come faster than they are dealt with, and some are lost")
        known["error"] = error

    known: dict[str, Exception] = {}
    client = Client()
    try:
        async with asyncio.timeout(
            _WAIT
        ):  # a connection that fails while it is being encrypted hangs in the client
            await client.connect(
                **options,
                error_cb=failed,
                disconnected_cb=lost,
                reconnected_cb=found,
                allow_reconnect=True,
                max_reconnect_attempts=2,
                reconnect_time_wait=0.2,  # type: ignore[arg-type]  # it is slept for so many seconds
                connect_timeout=5,
                pending_size=_PENDING,
                flusher_queue_size=10_000,
                drain_timeout=5,
                skip_subject_validation=True,  # each subject is looked at once, when its stream is found
            )
    except (Error, OSError, ValueError, TimeoutError) as error:
        raise _unreachable(options, await _said(options, known.get("error", error))) from None
    client.options["max_reconnect_attempts"] = -1
    return client


async def _said(options: dict[str, Any], error: Exception) -> Exception:
    """Return why a server broke a connection off.

    A server that refuses somebody says so and closes. The client has sent a PING by then; if the server has not read
    it, its reset overtakes its words. With `verbose` the answer is read before anything else is sent.
    """
    if not isinstance(error, ConnectionError) or isinstance(error, ConnectionRefusedError):
        return error
    client = Client()
    known: list[Exception] = []

    async def failed(told: Exception) -> None:
        known.append(told)

    try:
        async with asyncio.timeout(_WAIT):
            await client.connect(
                **options, error_cb=failed, allow_reconnect=False, connect_timeout=5, verbose=True
            )
    except (Error, OSError, ValueError, TimeoutError) as told:
        known.append(told)
    await client.close()
    return next((each for each in known if isinstance(each, Error)), error)


def _unreachable(options: dict[str, Any], error: Exception) -> PortError:
    where = ", ".join(each.rpartition("@")[2] for each in options["servers"])
    why = str(error).removeprefix("nats: ").strip("'") or type(error).__name__
    refused = "authorization" in why.lower()
    return PortError(
        f"NATS refuses the credentials: {why}" if refused else f"NATS cannot be reached: {why}",
        where=where,
        remedy="see whether it runs and who may use it; the address is `nats` of the program, or KODONB_NATS",
    )


async def _closed(client: Client) -> None:
    _listeners.pop(client, None)  # those who listen know the client, and would keep it for ever
    try:
        if client.is_connected:
            await client.flush(2)
    except Error:
        pass  # what could not be said any more will be said again by who comes next
    await client.close()
