"""Payloads as JSON."""

from __future__ import annotations

from typing import Any

import msgspec


def plain(value: Any) -> Any:
    """Return what stands in JSON for an object that JSON does not know."""
    for method in ("model_dump", "tolist", "isoformat"):
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return convert(mode="json") if method == "model_dump" else convert()
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return repr(value)


_encoder = msgspec.json.Encoder(enc_hook=plain)


def encode(payload: Any) -> bytes:
    """Encode a payload; objects without a JSON form become their `repr`, lone surrogates are escaped."""
    try:
        return _encoder.encode(payload)
    except (TypeError, ValueError, RecursionError):
        return _encoder.encode(_tamed(payload, 0))


def _tamed(value: Any, depth: int) -> Any:
    if depth > 50:  # noqa: PLR2004 - deeper data, or data that holds itself, is shown by its repr
        return "…"
    if isinstance(value, dict):
        return {str(_tamed(key, depth + 1)): _tamed(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_tamed(item, depth + 1) for item in value]
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return value if isinstance(value, bool | float | None) else str(value)
