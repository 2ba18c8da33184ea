"""Parts of a body that a client asks for: ranges of RFC 9110, 14."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from kodonb.serve.access.callers import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE: Final = re.compile(r"bytes\s*=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII | re.IGNORECASE)


class Span(NamedTuple):
    """Some of the bytes of a body.

    Attributes:
        start: Place of the first one.
        end: Place behind the last one.
    """

    start: int
    end: int


def asked(headers: Mapping[str, str], size: int, etag: str) -> Span | None:
    """Return what part of a body a request wants; `None` for all of it.

    Several ranges, which would need an answer of several parts, get all of it, and so does what cannot be read.

    Args:
        headers: Headers of the request.
        size: Bytes of the body.
        etag: Tag of the body, in quotes.

    Raises:
        Refused: There is no such part (416).
    """
    match = _RANGE.fullmatch(headers.get("range", ""))
    if match is None or headers.get("if-range", etag) != etag:
        return None
    first, last, tail = match.groups()
    if tail is not None:
        start, end = max(0, size - int(tail)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return None  # no range at all
    if start >= end:
        raise Refused(416, f"the file has {size:,} bytes", {"Content-Range": f"bytes */{size}"}, "")
    return Span(start, end)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Return whether a client says that it has a body already."""
    told = headers.get("if-none-match", "")
    return told.strip() == "*" or etag in {each.strip().removeprefix("W/") for each in told.split(",")}
