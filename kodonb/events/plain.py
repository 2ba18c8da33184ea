"""Payloads as JSON."""

from __future__ import annotations

from typing import Any

import msgspec


def plain(value: Any) -> Any:
    """Return what stands in JSON for an object that JSON does not know."""
    for method in ("model_dump", "tolist", "isoformat"):
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            made = convert(mode="json") if method == "model_dump" else convert()
            # Objects that have every method, such as mocks, would lead from one to the next for ever.
            if type(made).__module__ in {"builtins", "datetime"}:
                return made
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    return short(value)


def short(value: Any, limit: int = 100_000) -> str:
    """Return what `repr` says, cut to `limit` characters; objects whose `repr` fails are named by their type."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - what users' classes do wrong must not end their run
        text = f"<{type(value).__qualname__} whose repr raises {type(error).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


_encoder = msgspec.json.Encoder(enc_hook=plain)


def encode(payload: Any) -> bytes:
    """Encode a payload; objects without a JSON form become their `repr`, lone surrogates are escaped."""
    try:
        return _encoder.encode(payload)
    except Exception:  # noqa: BLE001 - methods of users' classes may raise anything; telling of them must not
        return _encoder.encode(_tamed(payload, 0))


def _tamed(value: Any, depth: int) -> Any:
    if depth > 50:
        return "…"
    if isinstance(value, dict):
        return {str(_tamed(key, depth + 1)): _tamed(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_tamed(item, depth + 1) for item in value]
    if isinstance(value, str):
        return _escaped(value)
    if (
        value is None
        or isinstance(value, bool | float)
        or (isinstance(value, int) and -(2**63) <= value < 2**64)
    ):
        return value
    return _escaped(short(value))


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
