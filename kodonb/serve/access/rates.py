"""How often somebody may ask.

Every process counts for itself: behind n replicas a caller may do up to n times as much.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, NamedTuple

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection

from kodonb.model.errors import UsageError
from kodonb.serve.access.callers import Access, Caller, Refused, bearer, identify
from kodonb.serve.problems import problem

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

RATE: Final = "600/minute"
"""How often a caller may start or change something; reading may be done `READING` times as often."""

READING: Final = 10

FAILURES: Final = "30/minute"
"""How many tokens that are not accepted may come from an address before new ones are not even looked at."""

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEMBERED: Final = 1024


class RateLimit:
    """Counts the requests of each caller, or of each address where no caller is known, and refuses too many.

    Two counters for each stand for a window that slides, so it costs the same however many requests are counted; like a
    token bucket, it lets up to twice the rate through after a pause. An address that sends many bad tokens is refused,
    except for tokens that were accepted before: who shares an address with others is not locked out.

    Args:
        app: What answers the others.
        access: Who knows callers.
        rate: How often something may be started or changed, such as ``120/minute``; `None` for any number of requests.
        failures: How many bad tokens may come from an address.

    Raises:
        UsageError: A rate is malformed (KN007).
    """

    def __init__(
        self, app: ASGIApp, access: Access | None, rate: str | None = RATE, failures: str = FAILURES
    ) -> None:
        self._app = app
        self._access = access
        self._write = None if rate is None else Limit("write", read(rate))
        self._read = None if rate is None else Limit("read", read(rate, READING))
        self._failures = Limit("failures", read(failures))
        self._counts = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._good: OrderedDict[bytes, None] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        try:
            caller = await self._caller(connection)
            told = await self._counted(connection, caller)
        except Refused as refused:
            answer = problem(refused.status_code, refused.detail, refused.code, refused.headers)
            await answer(scope, receive, send)
            return

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self._app(scope, receive, telling if told else send)

    async def _caller(self, connection: HTTPConnection) -> Caller | None:
        """Return whose request it is; bad tokens are counted."""
        token = bearer(connection)
        if self._access is None or not token:
            return None
        address, digest = _address(connection), hashlib.sha256(token.encode()).digest()
        if digest not in self._good and not await self._counts.test(self._failures.rate, "failures", address):
            raise await self._refusal(self._failures, address)
        caller = await identify(connection, self._access)
        if caller is None:
            await self._counts.hit(self._failures.rate, "failures", address)
        else:
            self._remember(digest)
        return caller

    def _remember(self, digest: bytes) -> None:
        self._good[digest] = None
        self._good.move_to_end(digest)
        if len(self._good) > _REMEMBERED:
            self._good.popitem(last=False)

    async def _counted(self, connection: HTTPConnection, caller: Caller | None) -> dict[str, str]:
        """Count a request, and return the headers that tell what is left."""
        limit = self._read if connection.scope["method"] in _SAFE else self._write
        if limit is None:
            return {}
        who = caller.who if caller is not None else f"address:{_address(connection)}"
        if not await self._counts.hit(limit.rate, limit.name, who):
            raise await self._refusal(limit, who)
        return await self._told(limit, who)

    async def _refusal(self, limit: Limit, who: str) -> Refused:
        told = await self._told(limit, who)
        return Refused(
            429, "too many requests", {**told, "Retry-After": told["RateLimit"].rpartition("=")[2]}, "KN709"
        )

    async def _told(self, limit: Limit, who: str) -> dict[str, str]:
        """Return the headers of draft-ietf-httpapi-ratelimit-headers-10."""
        reset, left = await self._counts.get_window_stats(limit.rate, limit.name, who)
        seconds = max(1, math.ceil(reset - time.time()))
        return {
            "RateLimit-Policy": f'"{limit.name}";q={limit.rate.amount};w={limit.rate.get_expiry()}',
            "RateLimit": f'"{limit.name}";r={left};t={seconds}',
        }


class Limit(NamedTuple):
    """A limit.

    Attributes:
        name: What it is called in headers.
        rate: How often.
    """

    name: str
    rate: RateLimitItem


def read(text: str, times: int = 1) -> RateLimitItem:
    """Return the rate that a text tells.

    Args:
        text: Such as ``10/second``, ``120/minute`` or ``5000 per 2 hours``.
        times: How many times as often.

    Raises:
        UsageError: It is no rate (KN007).
    """
    try:
        found = parse(text)
    except ValueError:
        found = None
    if found is None or found.amount < 1:
        raise UsageError(
            f"{text!r} is no rate", code="KN007", remedy="write 120/minute, or 10/second"
        ) from None
    return type(found)(found.amount * times, found.multiples)


def _address(connection: HTTPConnection) -> str:
    """Return whence a request comes; of IPv6 the network, as anybody has any number of addresses in theirs."""
    return _network(connection.client.host if connection.client else "")


@lru_cache(maxsize=_REMEMBERED)
def _network(host: str) -> str:
    try:
        known = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((known, 64), strict=False)) if known.version == 6 else host
