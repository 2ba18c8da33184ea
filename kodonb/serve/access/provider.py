"""An identity provider: its public keys, found by OpenID Connect Discovery 1.0 and kept while they are good."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPException
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from kodonb.model.errors import UsageError
from kodonb.serve.access.callers import Refused

PAUSE: Final = 60.0
"""Seconds between two times that the provider is asked for its keys, however many tokens name unknown ones."""

OLD: Final = 3600.0
"""Seconds after which keys are asked for again: the provider may have withdrawn one."""

_IMPATIENT: Final = 5.0  # the pause while none are known, when nobody can be let in
_TIMEOUT: Final = 5.0
_LARGEST: Final = 512 * 1024
_BITS: Final = 2048  # of an RSA key, as RFC 7518 demands
_WELL_KNOWN: Final = "/.well-known/openid-configuration"

_log = logging.getLogger(__name__)


class Provider:
    """An identity provider.

    Args:
        issuer: Its address, exactly as tokens name it.
        clock: Seconds that only go forward.

    Raises:
        UsageError: The issuer is reached neither by https nor on this machine (KN007).
    """

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        if not _is_safe(issuer):
            raise UsageError(
                f"the identity provider {issuer!r} cannot be trusted",
                code="KN007",
                where="KODONB_OIDC_ISSUER",
                remedy="give an address that begins with https://; http:// is for this machine only",
            )
        self.issuer = issuer
        self.keys = KeySet([])
        self._clock = clock
        self._asked = self._found = float("-inf")
        self._guard = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def refresh(self) -> None:
        """Ask for the keys again, unless that was done just now; those that are known stay if it fails.

        Raises:
            Refused: None are known (503).
        """
        async with self._guard:
            if self._clock() - self._asked >= (PAUSE if self.keys else _IMPATIENT):
                self._asked = self._clock()
                await self._ask()
        if not self.keys:
            raise Refused(503, "the identity provider does not answer", {"Retry-After": f"{_IMPATIENT:.0f}"})

    def freshen(self) -> None:
        """Have old keys asked for again; nobody waits for it."""
        now = self._clock()
        if self.keys and now - self._found > OLD and now - self._asked >= PAUSE and not self._guard.locked():
            self._refreshing = asyncio.create_task(self.refresh())

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(2 * _TIMEOUT):
                self.keys = await asyncio.to_thread(_read_keys, self.issuer)
        except (OSError, HTTPException, ValueError) as error:
            _log.warning("the keys of the identity provider cannot be read: %s", error)
        else:
            self._found = self._asked


def _read_keys(issuer: str) -> KeySet:
    told = _read(issuer.rstrip("/") + _WELL_KNOWN)
    if told.get("issuer") != issuer:
        raise ValueError(f"its name is {told.get('issuer')!r}, not {issuer!r}")
    address = told.get("jwks_uri")
    if not isinstance(address, str) or not _is_safe(address):
        raise ValueError("its keys are not at a safe address")
    keys = list(_usable(_read(address).get("keys")))
    if not keys:
        raise ValueError("it has no key that can be used")
    return KeySet(keys)


def _read(address: str) -> dict[str, Any]:
    request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - the address was looked at
    with build_opener(_Stay).open(request, timeout=_TIMEOUT) as response:
        body = response.read(_LARGEST + 1)
    found = json.loads(body) if len(body) <= _LARGEST else None
    if not isinstance(found, dict):
        raise ValueError("what it says is no JSON object, or too large")  # noqa: TRY004 - it is what was sent
    return found


class _Stay(HTTPRedirectHandler):
    """Goes nowhere else: only the address that was looked at is safe."""

    def redirect_request(self, *_: object) -> None:
        return None


def _usable(told: Any) -> Iterator[Key]:
    """Yield the public keys for signatures; what else there is, or will be some day, is left out."""
    for each in told if isinstance(told, list) else ():
        if isinstance(each, dict) and each.get("kty") != "oct" and each.get("use", "sig") == "sig":
            small = each.get("kty") == "RSA" and len(str(each.get("n"))) * 6 < _BITS
            with suppress(JoseError, ValueError, TypeError, LookupError):
                if not small:
                    yield JWKRegistry.import_key(each)


def _is_safe(address: str) -> bool:
    """Whether nobody on the way can change what an address answers."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
    return parts.scheme == "https" and bool(host)
