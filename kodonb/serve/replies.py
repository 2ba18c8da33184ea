"""Bodies of requests and responses, as JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from kodonb.model.errors import InputsError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

PIECE: Final = 256 * 1024
"""Bytes that are sent at a time of a body that was made at once."""


class Json(Response):
    """A response whose content is encoded by msgspec, or is JSON text already.

    Args:
        content: The content.
        status_code: The HTTP status.
        headers: Further headers.
    """

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Return the body."""
        return content if isinstance(content, bytes) else msgspec.json.encode(content)


class Pieces(StreamingResponse):
    """A response whose body, JSON text that may be large, is sent piece by piece.

    Args:
        parts: What the body is made of.
        headers: Further headers.
    """

    media_type = "application/json"

    def __init__(self, *parts: bytes, headers: Mapping[str, str] | None = None) -> None:
        length = str(sum(map(len, parts)))
        super().__init__(_cut(parts), headers={"Content-Length": length, **(headers or {})})


async def _cut(parts: tuple[bytes, ...]) -> AsyncIterator[bytes]:
    for part in parts:
        for start in range(0, len(part), PIECE):
            yield part[start : start + PIECE]


def is_json(request: Request) -> bool:
    """Return whether a request says that its body is JSON."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


async def body_of(request: Request) -> bytes:
    """Return the body of a request, which must be JSON by its type; none is an empty object.

    A form of a strange page cannot have that type, so no page makes its reader's browser send one.

    Raises:
        HTTPException: It is said to be something else (415).
    """
    body = await request.body()
    if body and not is_json(request):
        raise HTTPException(415, "the body has to be application/json", {"Accept": "application/json"})
    return body or b"{}"


async def inputs_of(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body of a request.

    Raises:
        HTTPException: The body is said to be something else than JSON (415).
        InputsError: It is not a JSON object (KN010).
    """
    return inputs_in(await body_of(request))


def inputs_in(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a text is.

    Raises:
        InputsError: It is none (KN010).
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise _unfit("is not JSON that can be read") from None
    if not isinstance(found, dict):
        raise _unfit("is not a JSON object")
    return found


def _unfit(message: str) -> InputsError:
    return InputsError("the request does not fit", [Problem("body", message)])
