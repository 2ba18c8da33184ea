"""Makes sources and targets of HTTP of their declarations."""

from __future__ import annotations

from typing import Any, Final

from kodonb.kumeo.ports.declared import Declared, package
from kodonb.kumeo.ports.http.place import is_address, place
from kodonb.kumeo.ports.reading import Reading
from kodonb.model.errors import UsageError
from kodonb.model.units import size

_METHODS: Final = ("POST", "PUT", "PATCH")


def source(declared: Declared) -> Any:
    """Return a source; its address is a path, or an address."""
    declared.known("host", "port", "token", "timeout", "max_size")
    package("aiohttp", declared)
    from kodonb.kumeo.ports.http.source import HttpSource  # noqa: PLC0415 - with the package that it needs

    try:
        largest = size(declared.option("max_size", "1MiB"))
    except UsageError as error:
        raise declared.wrong(error.message, "write e.g. 1MiB") from None
    return HttpSource(
        place(declared),
        Reading(declared.options),
        token=str(declared.option("token", "")),
        timeout=declared.duration("timeout", "60s"),
        largest=largest,
    )


def target(declared: Declared) -> Any:
    """Return a target; its address is an address, or a path on this machine."""
    declared.known("headers", "token", "method", "timeout", "retry", "host", "port")
    package("aiohttp", declared)
    from kodonb.kumeo.ports.http.target import HttpTarget  # noqa: PLC0415 - with the package that it needs

    url = place(declared).url if declared.address.startswith("/") else declared.address
    if not is_address(url, "http", "https"):
        raise declared.wrong("a target has an address", 'write e.g. HTTP("https://example.org/orders")')
    headers = _headers(declared)
    method = str(declared.option("method", "POST")).upper()
    if method not in _METHODS:
        raise declared.wrong(f"`method` {method} sends nothing", f"use {', '.join(_METHODS)}")
    return HttpTarget(
        url,
        headers,
        method=method,
        timeout=declared.duration("timeout", "30s"),
        tries=declared.whole("retry", 0),
    )


def _headers(declared: Declared) -> dict[str, str]:
    said = declared.option("headers", {})
    if not isinstance(said, dict):
        raise declared.wrong("`headers` is no object", 'write e.g. {headers: {"X-Team": "orders"}}')
    headers = {str(name): str(value) for name, value in said.items()}
    if declared.option("token"):
        headers["Authorization"] = f"Bearer {declared.option('token')}"
    for name, value in headers.items():
        if not (name.isascii() and name.isprintable() and value.isprintable()):
            shown = "token" if name == "Authorization" else name
            raise declared.wrong(
                f"`{shown}` has characters that no header has", "see whether there is an end of a line in it"
            )
    return headers
