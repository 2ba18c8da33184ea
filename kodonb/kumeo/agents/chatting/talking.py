"""One conversation with a language model's server."""

from __future__ import annotations

import json
import math
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kodonb.kumeo.agents.chatting.service import Service
from kodonb.kumeo.agents.chatting.wire import Ask, Piece, told
from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.quiet import quiet

if TYPE_CHECKING:
    import httpx

LONGEST: Final = 4_000_000
"""Most characters of an answer."""

_UNKNOWN: Final = ("response_format", "stream_options", "max_tokens")
_LONGEST_WAIT: Final = 3600.0
_TRANSIENT: Final = frozenset({408, 409, 425, 429})


class Answer(NamedTuple):
    """What a model said.

    Attributes:
        text: The answer.
        reason: Why it ended: ``stop``, ``length`` …
        usage: Tokens of the request and of the answer; `None` if the server does not count.
        first: Seconds until the first piece.
        seconds: Seconds until the end.
    """

    text: str
    reason: str
    usage: tuple[int, int] | None
    first: float
    seconds: float


class Talk:
    """A connection to a service.

    Args:
        service: The service.
        environment: Variables of the environment, for a proxy.
        patience: Seconds that may pass between two pieces of an answer.
    """

    def __init__(self, service: Service, environment: Mapping[str, str], patience: float) -> None:
        http = package("httpx")
        self._errors: Any = (http.HTTPError, http.InvalidURL, http.StreamError)
        self._service = service
        self._without: frozenset[str] = frozenset()
        secure = service.url.startswith("https:")
        proxy = (environment.get("HTTPS_PROXY") or environment.get("https_proxy")) if secure else None
        try:
            self._client: httpx.AsyncClient = http.AsyncClient(
                headers=service.wire.headers(service.key),
                timeout=http.Timeout(patience, connect=10.0),
                trust_env=False,
                proxy=proxy,
            )
        except (ValueError, ImportError, http.InvalidURL):  # which may repeat the proxy's password
            remedy = "write HTTPS_PROXY=http://host:port; for SOCKS, pip install 'httpx[socks]'"
            raise AgentError(
                "HTTPS_PROXY names no proxy that can be used", code="KN806", where=service.url, remedy=remedy
            ) from None

    async def ask(self, ask: Ask, said: Callable[[str], None]) -> Answer:
        """Return an answer.

        Args:
            ask: The request.
            said: Called with each piece of text as it comes.

        Raises:
            AgentError: The server does not answer, or refuses (KN806); the model refuses (KN807).
        """
        while True:
            try:
                return await self._asked(ask._replace(without=self._without), said)
            except _Unknown as unknown:
                self._without |= {unknown.name}
            except self._errors as error:
                raise self._unreachable(error) from None

    async def _asked(self, ask: Ask, said: Callable[[str], None]) -> Answer:
        began = time.monotonic()
        first, length, reason, usage = 0.0, 0, "", None
        texts: list[str] = []
        async for piece in self._pieces(ask):
            if piece.text:
                first = first or time.monotonic() - began
                length += len(piece.text)
                texts.append(piece.text)
                said(piece.text)
            reason, usage = piece.reason or reason, piece.usage or usage
            if length > LONGEST:
                raise AgentError(
                    f"the answer has more than {LONGEST:,} characters", code="KN806", remedy="set max_tokens"
                )
        return Answer("".join(texts), reason, usage, first, time.monotonic() - began)

    async def _pieces(self, ask: Ask) -> AsyncIterator[Piece]:
        wire, body = self._service.wire, self._service.wire.body(ask)
        async with self._posted(body) as response:
            if response.status_code != 200:
                raise self._refused(response, await _start(response), body)
            async for line in _lines(response):
                piece = wire.piece(line)
                if piece is not None:
                    yield piece

    @asynccontextmanager
    async def _posted(self, body: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        request = self._client.build_request("POST", self._service.url, json=body)
        with quiet():
            response = await self._client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()

    def _refused(self, response: httpx.Response, text: str, body: Mapping[str, Any]) -> Exception:
        status = response.status_code
        if status in {400, 422}:
            for name in _UNKNOWN:
                if name in text and name in body:
                    return _Unknown(name)
        remedy = {
            401: f"set {self._service.provider.upper()}_API_KEY in the environment",
            403: "ask for access to the model",
            404: f"check the model `{self._service.model}` and the address",
        }.get(status, "try again later" if status in _TRANSIENT or status >= 500 else "correct the request")
        return AgentError(
            f"the model's server answers {status}: {_message(text)}",
            code="KN806",
            where=self._service.url,
            remedy=remedy,
            transient=status in _TRANSIENT or status >= 500,
            after=_seconds(response.headers.get("retry-after", "")),
        )

    def _unreachable(self, error: Exception) -> AgentError:
        what = str(error) or type(error).__name__
        remedy = "start the server, or correct its address"
        message = f"the model's server does not answer: {what}"
        return AgentError(message, code="KN806", where=self._service.url, remedy=remedy, transient=True)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.aclose()


class _Unknown(Exception):
    """A server does not know a part of the request, which can be left out."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


async def _start(response: httpx.Response) -> str:
    """Return the beginning of a body."""
    found = b""
    async for part in response.aiter_bytes():
        found += part
        if len(found) > 10_000:
            break
    return found[:10_000].decode("utf-8", "replace")


async def _lines(response: httpx.Response) -> AsyncIterator[str]:
    """Yield lines of a body, none of which is longer than an answer may be."""
    held: list[str] = []  # joined once, as a line may come in any number of parts
    length = 0
    async for part in response.aiter_text():
        first, *others = part.split("\n")
        held.append(first)
        length += len(first)
        if others:
            yield "".join(held).strip("\r")
            for line in others[:-1]:
                yield line.strip("\r")
            held, length = [others[-1]], len(others[-1])
        if length > LONGEST:
            raise AgentError(
                "the model's server sends a line without end", code="KN806", remedy="check its address"
            )
    left = "".join(held)
    if left.strip():
        yield left


def _message(text: str) -> str:
    try:
        return told(json.loads(text))
    except (ValueError, RecursionError):
        return " ".join(text.split())[:200] or "nothing"


def _seconds(said: str) -> float:
    """Return the seconds that a server wants to be left alone: RFC 9110, 10.2.3, a number or a date."""
    try:
        wait = float(said)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(max(wait, 0.0), _LONGEST_WAIT) if math.isfinite(wait) else 0.0
