"""Requests of web pages: a browser sends them wherever any page that it shows tells it to, without its person knowing.

What tells them apart: https://fetch.spec.whatwg.org/#origin-header, https://www.w3.org/TR/fetch-metadata/. Programs
such as curl send neither header. A name that is made to lead to this machine (DNS rebinding) makes a page one of the
source's own origin; it is found by the `Host` that such a request bears.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final, NamedTuple
from urllib.parse import urlsplit

_OTHERS: Final = frozenset({"cross-site", "same-site"})  # as `Sec-Fetch-Site` calls pages of other origins
_PORTS: Final = {"http": ":80", "https": ":443"}
_WAY_OUT: Final = "a source that takes them has a `token`"


class Refusal(NamedTuple):
    """Why a request is not taken.

    Attributes:
        status: Status of the response.
        why: What the response says.
    """

    status: int
    why: str


def refusal(headers: Mapping[str, str], *, host: str, local: bool, json: bool) -> Refusal | None:
    """Return why a request that needs no token is not taken, if so.

    Args:
        headers: Its headers.
        host: Where the source listens, as it was declared.
        local: Whether that is this machine alone.
        json: Whether messages are JSON.
    """
    said, origin = headers.get("Host", ""), headers.get("Origin")
    if local and said and not _is_here(said, host):
        return Refusal(403, f"this source is not called {said[:100]!r}: {_WAY_OUT}, or listens at that name")
    if headers.get("Sec-Fetch-Site") in _OTHERS or (origin is not None and not _is_same(origin, said)):
        return Refusal(403, f"this comes from a page of another site: {_WAY_OUT}")
    if json and origin is not None and not _is_json(headers.get("Content-Type", "")):
        return Refusal(415, "a page sends its message with `Content-Type: application/json`")
    return None


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _is_here(said: str, host: str) -> bool:
    name = _name(said)
    return name in {"localhost", host.lower()} or name.endswith(".localhost") or is_loopback(name)


def _name(said: str) -> str:
    """Return the name in ``name:port``; empty if it is malformed."""
    try:
        return (urlsplit(f"//{said}").hostname or "").removesuffix(".")
    except ValueError:
        return ""


def _is_same(origin: str, said: str) -> bool:
    scheme, _, rest = origin.lower().partition("://")
    port = _PORTS.get(scheme, "")
    return bool(rest) and rest.removesuffix(port) == said.lower().removesuffix(port)


def _is_json(content: str) -> bool:
    kind = content.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
