"""What bytes say, and what belongs together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from kodonb.kumeo.ports.encoding import encode
from kodonb.kumeo.ports.errors import PortError

_FORMATS: Final = ("json", "text", "bytes")
_decode: Final = msgspec.json.Decoder().decode


class Reading:
    """How messages are read.

    Args:
        options: Options of a source: `format` (``json``, ``text`` or ``bytes``), `partition` (the field, with
            dots, that tells what belongs together).

    Raises:
        PortError: An option is malformed (KN821).
    """

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.format = str(options.get("format", "json")).lower()
        if self.format not in _FORMATS:
            raise PortError(
                f"there is no format {self.format!r}", code="KN821", remedy=f"use {', '.join(_FORMATS)}"
            )
        self._path = str(options.get("partition", "")).removeprefix("source.")
        self.key: Callable[[Any], str] = _keyed(tuple(self._path.split("."))) if self._path else _no_key

    @property
    def partitioned(self) -> bool:
        """Whether messages with the same key keep their order."""
        return bool(self._path)

    def read(self, body: bytes) -> tuple[Any, str]:
        """Return what bytes say, and why they cannot be read if so: then the text as far as it is one."""
        if self.format == "json":
            try:
                return _decode(body), ""
            except (msgspec.DecodeError, RecursionError) as error:
                return body.decode("utf-8", "replace"), f"this is no JSON: {error}"
        return body.decode("utf-8", "replace" if self.format == "bytes" else "backslashreplace"), ""


def write(value: Any) -> bytes:
    """Return a result as bytes: JSON."""
    return encode(value)


def _no_key(_: Any) -> str:
    return ""


def _keyed(path: tuple[str, ...]) -> Callable[[Any], str]:
    def key(value: Any) -> str:
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        return "" if value is None else value if isinstance(value, str) else encode(value).decode()

    return key
