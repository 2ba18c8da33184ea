"""Values of headers: ids and keys may come from outside, and must neither add lines nor be what is no UTF-8."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

TRACE: Final = "Kumeo-Trace"
"""The header with the trace of a message, wherever headers are."""


def header(text: str) -> str:
    """Return a text as the value of a header; what is not printable is percent-encoded."""
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() else quote(char, safe="", errors="surrogatepass") for char in text
    )
