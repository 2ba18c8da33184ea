"""Results as JSON."""

from __future__ import annotations

import json
from typing import Any

import msgspec


def encode(value: Any) -> bytes:
    """Return a value as JSON; what JSON does not know is told by its text, and nothing is refused."""
    try:
        return _encoder.encode(value)
    except (
        TypeError,
        ValueError,
        RecursionError,
    ):  # lone surrogates, numbers beyond 64 bits, keys that are no texts
        return _tamed(value)


def _tamed(value: Any) -> bytes:
    try:
        return json.dumps(value, default=_plain, skipkeys=True).encode()
    except (TypeError, ValueError, RecursionError):
        return json.dumps(repr(value)[:100_000]).encode()


def _plain(value: Any) -> Any:
    for method in ("tolist", "isoformat"):  # of numpy and of times
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return convert()
    return repr(value)


_encoder = msgspec.json.Encoder(enc_hook=_plain)
