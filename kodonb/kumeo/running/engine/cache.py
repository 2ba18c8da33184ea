"""Results that are used again for equal input."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import Any, Final

import msgspec

_MOST: Final = 10_000


class Cache:
    """Results of one agent by the hash of their input; the oldest go first.

    Args:
        lifetime: Seconds for which a result is good.
        most: How many are kept.
    """

    def __init__(self, lifetime: float, most: int = _MOST) -> None:
        self._lifetime = lifetime
        self._most = most
        self._kept: OrderedDict[bytes, tuple[float, Any]] = OrderedDict()

    def key(self, inputs: Any) -> bytes | None:
        """Return the hash of an input, in which the order of fields does not matter; nothing for what is no JSON."""
        try:
            body = msgspec.json.encode(inputs, order="deterministic")
        except (TypeError, ValueError, RecursionError):
            return None
        return hashlib.blake2b(body, digest_size=16).digest()

    def find(self, key: bytes) -> tuple[Any] | None:
        """Return a result, in a tuple as it may be null."""
        found = self._kept.get(key)
        if found is None:
            return None
        at, value = found
        if time.monotonic() - at > self._lifetime:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return (value,)

    def keep(self, key: bytes, value: Any) -> None:
        """Keep a result."""
        self._kept[key] = (time.monotonic(), value)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
