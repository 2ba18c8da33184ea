"""What a service says of itself over HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

_PATIENCE: Final = 10.0  # seconds
_LOOK: Final = 0.2  # seconds


def ready(address: str, within: float = _PATIENCE) -> str:
    """Return why a service is not ready, or nothing; one without such a route is taken as it is.

    Args:
        address: Where the service is, with a slash at its end.
        within: Seconds that it has.
    """
    until = time.monotonic() + within
    while (trouble := _trouble(f"{address}ready")) and time.monotonic() < until:
        time.sleep(_LOOK)
    return trouble


def _trouble(url: str) -> str:
    try:
        with urlopen(url, timeout=_PATIENCE):  # noqa: S310 - an address that Serve gave
            return ""
    except HTTPError as error:
        with error:
            return (
                f"{url} answers {error.code}: {error.read(500).decode(errors='replace')}"
                if error.code >= 500
                else ""
            )
    except (URLError, OSError) as error:
        return f"{url} does not answer: {getattr(error, 'reason', error)}"


class Route(NamedTuple):
    """Something that a service offers.

    Attributes:
        method: ``GET``, ``POST``, …
        path: Below the service's address.
        summary: What it does.
        launches: Whether it starts a run.
    """

    method: str
    path: str
    summary: str
    launches: bool


def routes(address: str) -> list[Route]:
    """Return what a service offers; nothing if it does not say."""
    try:
        with urlopen(f"{address}openapi.json", timeout=_PATIENCE) as answer:  # noqa: S310 - an address that Serve gave
            told = json.load(answer)
    except (URLError, OSError, ValueError):
        return []
    return list(_routes(told.get("paths", {})))


def _routes(paths: dict[str, dict[str, Any]]) -> Iterator[Route]:
    for path, methods in paths.items():
        for method, about in methods.items():
            launches = method == "post" and bool(about.get("x-kodosumi"))
            yield Route(method.upper(), path, str(about.get("summary", "")), launches)
