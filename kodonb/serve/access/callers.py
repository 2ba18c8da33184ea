"""Who may do what: a bearer token names a caller, and a caller has scopes.

What is refused is told as RFC 6750 has it; why a token is not accepted is nobody's business.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from fastapi import HTTPException, Request
from fastapi.security import HTTPBearer

from kodonb.model.errors import ServiceError, UsageError

if TYPE_CHECKING:
    from fastapi.requests import HTTPConnection

_log = logging.getLogger(__name__)


class Scope(StrEnum):
    """What a caller may do; `admin` includes all others."""

    run = "run"
    read = "read"
    answer = "answer"
    admin = "admin"


class Caller(NamedTuple):
    """Who sent a request.

    Attributes:
        name: What events call them.
        scopes: What they may do.
        identity: What tells them apart from whoever has the same name; the name by default.
    """

    name: str
    scopes: frozenset[Scope]
    identity: str = ""

    @property
    def who(self) -> str:
        """What belongs to them is kept under this, and their requests are counted under it."""
        return self.identity or self.name

    def may(self, scope: Scope) -> bool:
        """Whether they may do something."""
        return bool(self.scopes & {scope, Scope.admin})


class Access(Protocol):
    """Knows callers by their tokens."""

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is, if it is anybody's.

        Raises:
            Refused: It cannot be told now (503).
        """


class Refused(HTTPException):
    """A request that is answered with a problem; `code` is one of `kodonb.model.errors.CODES`."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, code: str = "KN708"
    ) -> None:
        super().__init__(status, detail, headers)
        self.code = code


ANYBODY: Final = Caller("anybody", frozenset({Scope.admin}))
"""The caller of a service without access control."""

_KNOWN: Final = "kodonb.caller"
_INVALID: Final = "the token is invalid or has expired"


class Needs(HTTPBearer):
    """A dependency that lets callers with a scope pass, and tells OpenAPI that a bearer token is needed.

    Args:
        scope: What they must be allowed.
        access: Who knows them; `None` lets everybody pass.
    """

    def __init__(self, scope: Scope, access: Access | None) -> None:
        super().__init__(
            scheme_name="HTTPBearer", description="An API key, or a token of the identity provider"
        )
        self._scope = scope
        self._access = access

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        """Return who sent a request.

        Raises:
            Refused: Nobody is known (401), or they may not do this (403).
        """
        caller = await identify(request, self._access)
        if caller is None:
            raise _unknown(request)
        if not caller.may(self._scope):
            told = f'Bearer error="insufficient_scope", scope="{self._scope}"'
            raise Refused(403, f"this takes the scope {self._scope}", {"WWW-Authenticate": told})
        return caller


async def identify(connection: HTTPConnection, access: Access | None) -> Caller | None:
    """Return who sent a request, if that is known; a token is looked at once.

    Args:
        connection: The request.
        access: Who knows callers; `None` makes everybody `ANYBODY`.

    Raises:
        Refused: It cannot be told now (503).
    """
    if access is None:
        return ANYBODY
    if _KNOWN not in connection.scope:
        token = bearer(connection)
        connection.scope[_KNOWN] = await access.caller(token) if token else None
    found: Caller | None = connection.scope[_KNOWN]
    return found


def bearer(connection: HTTPConnection) -> str:
    """Return the bearer token of a request; empty if there is none."""
    kind, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _unknown(connection: HTTPConnection) -> Refused:
    if not bearer(connection):
        return Refused(401, "a bearer token is needed", {"WWW-Authenticate": "Bearer"})
    told = f'Bearer error="invalid_token", error_description="{_INVALID}"'
    return Refused(401, _INVALID, {"WWW-Authenticate": told})


class Several:
    """Access for whoever one of several knows, which are asked in order.

    Args:
        kinds: Those that are asked.
    """

    def __init__(self, *kinds: Access) -> None:
        self._kinds = kinds

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is.

        Raises:
            Refused: Nobody knows it, and one of them cannot tell now (503).
        """
        failure: Refused | None = None
        for kind in self._kinds:
            try:
                found = await kind.caller(token)
            except Refused as refused:
                failure = refused  # another may know it all the same
            else:
                if found is not None:
                    return found
        if failure is not None:
            raise failure
        return None


def access_from_environment() -> Access | None:
    """Return who knows callers, as the environment says.

    `KODONB_KEYS` is the file of API keys (``keys.json`` of the instance by default); `KODONB_OIDC_ISSUER` and
    `KODONB_OIDC_AUDIENCE` name an identity provider. Both may be used together.

    Returns:
        `None` if `KODONB_NO_AUTH` is ``1``: everybody may do everything.

    Raises:
        UsageError: A setting is malformed (KN007).
        ServiceError: Nothing is configured (KN711).
    """
    if _is_off():
        _log.warning("KODONB_NO_AUTH is 1: everybody who reaches this service may do everything")
        return None
    from kodonb.serve.access import keys, tokens  # noqa: PLC0415 - both are made of what this module holds

    found: tuple[Access | None, ...] = (keys.from_environment(), tokens.from_environment())
    kinds = [kind for kind in found if kind is not None]
    if not kinds:
        raise ServiceError(
            "nobody could use this service: it has no access control",
            code="KN711",
            remedy="make a key with: kodonb keys create NAME --scope run read; or set KODONB_OIDC_ISSUER and "
            "KODONB_OIDC_AUDIENCE; or let everybody in with --no-auth (KODONB_NO_AUTH=1)",
        )
    return kinds[0] if len(kinds) == 1 else Several(*kinds)


def _is_off() -> bool:
    told = os.environ.get("KODONB_NO_AUTH") or "0"
    if told not in {"0", "1"}:
        raise UsageError(f"KODONB_NO_AUTH is {told!r}", code="KN007", remedy="use 1, or leave it out")
    return told == "1"
