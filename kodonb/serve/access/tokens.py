"""Tokens of an identity provider: JWTs (RFC 7519) of OpenID Connect, verified with the provider's public keys."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError
from joserfc.jws import JWSRegistry

from kodonb.model.errors import UsageError
from kodonb.serve.access.callers import Caller, Scope
from kodonb.serve.access.provider import Provider

ALGORITHMS: Final = frozenset({
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "Ed448",
})  # fmt: skip
"""Signatures that are accepted: such as need a private key, so that what verifies a token cannot make one."""

LEEWAY: Final = 30
"""Seconds by which the clocks of provider and service may differ."""

# A token is a stranger's JSON, and joserfc takes the types of what is in it for granted.
_UNREADABLE: Final = (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError)
_PREFIX: Final = "kodonb:"
_LONGEST: Final = 200  # letters of a name


class Tokens:
    """Callers by the tokens of one identity provider.

    Args:
        provider: The provider.
        audience: What tokens for this service name as their audience.
        claim: Claim that holds the scopes, as text or as list; ``realm_access.roles`` is one in an object.
    """

    def __init__(self, provider: Provider, audience: str, claim: str = "scope") -> None:
        self._provider = provider
        self._claim = claim
        self._claims = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def caller(self, token: str) -> Caller | None:
        """Return whose token it is.

        Raises:
            Refused: The provider's keys are not known, and it cannot be asked for them (503).
        """
        if token.count(".") != 2:
            return None  # no JWT: the provider need not be asked
        self._provider.freshen()
        try:
            claims = await self._verified(token)
            self._claims.validate(claims)
        except _UNREADABLE:
            return None
        scopes = frozenset(_scopes(_found(claims, self._claim)))
        # People may choose what they are called, so what is theirs is kept under what the provider calls them.
        return Caller(_name(claims), scopes, f"oidc:{claims['sub']}")

    async def _verified(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that the provider has signed."""
        try:
            return jwt.decode(token, self._provider.keys, registry=_REGISTRY).claims
        except InvalidKeyIdError:
            # The provider may have changed its keys since they were read.
            await self._provider.refresh()
            return jwt.decode(token, self._provider.keys, registry=_REGISTRY).claims


class _Allowed(JWSRegistry):
    """Knows what is allowed and nothing else, so that no name in a token's header leads anywhere."""

    def get_alg(self, name: str) -> Any:
        """Return how a signature is verified."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


# Header fields that are not understood must be ignored unless they are critical (RFC 7515, 4).
_REGISTRY: Final = _Allowed(algorithms=ALGORITHMS, strict_check_header=False)


def _name(claims: Mapping[str, Any]) -> str:
    told = claims.get("preferred_username")
    name = told if isinstance(told, str) and told.strip() else claims["sub"]
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST]


def _found(claims: Mapping[str, Any], path: str) -> Any:
    """Return a claim by its name, which may have dots in it, or else by its path."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _scopes(told: Any) -> Iterator[Scope]:
    """Yield the scopes among words: ``run`` or ``kodonb:run``; other words are for others."""
    words = told.split() if isinstance(told, str) else told if isinstance(told, list) else ()
    known = {scope.value: scope for scope in Scope}
    for word in words:
        if isinstance(word, str) and word.removeprefix(_PREFIX) in known:
            yield known[word.removeprefix(_PREFIX)]


def from_environment() -> Tokens | None:
    """Return who knows callers by the tokens of the identity provider in the environment, if one is named.

    Raises:
        UsageError: A setting is missing or malformed (KN007).
    """
    issuer, audience = (os.environ.get(f"KODONB_OIDC_{name}", "") for name in ("ISSUER", "AUDIENCE"))
    if not issuer and not audience:
        return None
    if not issuer or not audience:
        raise UsageError(
            f"KODONB_OIDC_{'AUDIENCE' if issuer else 'ISSUER'} is missing",
            code="KN007",
            remedy="set both KODONB_OIDC_ISSUER and KODONB_OIDC_AUDIENCE, or neither",
        )
    return Tokens(Provider(issuer), audience, os.environ.get("KODONB_OIDC_SCOPES_CLAIM") or "scope")
