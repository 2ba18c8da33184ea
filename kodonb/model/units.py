"""Durations and sizes as people write them."""

from __future__ import annotations

import re
from typing import Final

from kodonb.model.errors import UsageError

_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_BYTES: Final = {
    "": 1, "b": 1,
    "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip


def seconds(text: float | str) -> float:
    """Return a duration in seconds.

    Args:
        text: A number of seconds, or text such as ``"500ms"``, ``"5s"``, ``"15m"``, ``"1h30m"``, ``"7d"``.

    Raises:
        UsageError: It is not a duration, or negative.
    """
    number = float(text) if isinstance(text, int | float) or _is_number(text) else _sum(text)
    if not number >= 0:
        raise _unreadable("a duration", text, "30s, 15m, 24h or a number of seconds")
    return number


def size(text: int | str) -> int:
    """Return a size in bytes.

    Args:
        text: A number of bytes, or text such as ``"500MB"``, ``"2GiB"``.

    Raises:
        UsageError: It is not a size.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]*)\s*", str(text))
    if match is None or match[2].lower() not in _BYTES:
        raise _unreadable("a size", text, "500MB, 2GiB or a number of bytes")
    return int(float(match[1]) * _BYTES[match[2].lower()])


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) is not None


def _sum(text: str) -> float:
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(ms|[smhdw])", text)
    if not parts or re.sub(r"\s", "", text) != "".join(number + unit for number, unit in parts):
        raise _unreadable("a duration", text, "30s, 15m, 24h or a number of seconds")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def _unreadable(what: str, text: object, examples: str) -> UsageError:
    return UsageError(f"{text!r} is not {what}", code="KN005", remedy=f"write {examples}")
