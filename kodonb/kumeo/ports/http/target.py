"""HTTP as a target: each result is a POST request, repeated until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp

from kodonb.kumeo.ports.headers import TRACE, header
from kodonb.kumeo.ports.http.source import ID
from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.ports.reading import write

_AT_ONCE: Final = 32
_LONGEST: Final = 30.0
_SHOWN: Final = 200  # bytes of an answer that say why; the rest is not even read
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class HttpTarget:
    """Sends results as JSON.

    A request has the header `Idempotency-Key`, by which a server can tell doubles apart. Answers from 500 on,
    408, 425 and 429, and no answer at all, are waited out; every other one from 400 on refuses the result for
    good, and so does one that leads elsewhere with another method, as 301, 302 and 303 do.

    Args:
        url: Where to; a subject is added to its path.
        headers: Further headers.
        method: ``POST`` or ``PUT``.
        timeout: Seconds that a request may take.
        tries: How often a result is sent at most; 0 for until it is taken.
    """

    parallel = 4

    def __init__(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        method: str = "POST",
        timeout: float = 30.0,
        tries: int = 0,
    ) -> None:
        self._url = url
        self._headers = {"Content-Type": "application/json", **headers}
        self._method = method
        self._timeout = timeout
        self._tries = tries
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make ready; the server need not be there yet."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self._timeout))

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Send results."""
        return await asyncio.gather(*(self._one(each) for each in batch))

    async def _one(self, each: Outgoing) -> str:
        pause, tries = 0.1, 0
        while True:
            tries += 1
            why, passes = await self._try(each)
            if not why or not passes or tries == self._tries:
                return why
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST)

    async def _try(self, each: Outgoing) -> tuple[str, bool]:
        """Return why a request was not taken, empty if it was, and whether that may pass."""
        assert self._session is not None
        url = f"{self._url.rstrip('/')}/{each.subject}" if each.subject else self._url
        headers = {**self._headers, ID: header(each.id), TRACE: header(each.trace)}
        try:
            async with (
                self._room,
                self._session.request(self._method, url, data=write(each.data), headers=headers) as answer,
            ):
                if answer.method != self._method:
                    led = (
                        "to another address, which is asked for a page and given nothing: correct the address"
                    )
                    return f"{answer.history[0].status} leads {led}", False
                if answer.status < 400:
                    return "", False
                text = (await answer.content.read(_SHOWN)).decode("utf-8", "replace")
                return f"{answer.status} {text}".strip(), answer.status in _PASSING
        except (aiohttp.ClientError, TimeoutError) as error:
            return str(error) or type(error).__name__, True

    async def close(self) -> None:
        """Let go of connections."""
        if self._session is not None:
            await self._session.close()
