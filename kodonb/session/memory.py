"""Results of earlier steps: kept by the run that is retried, or by any run for a cached step."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from typing import Protocol

import msgspec

from kodonb.events.kept import Kept, is_secret
from kodonb.model.event import Stored


class Store(Protocol):
    """Where results are found; the event log, or a way to it."""

    def steps(self, run: str) -> list[Stored]:
        """Return the step events of a run."""

    def recall(self, key: str, since: int) -> bytes | None:
        """Return a result kept at or after `since` (microseconds since 1970)."""

    def remember(self, key: str, at: int, value: bytes) -> None:
        """Keep a step's result for other runs."""


class Memory:
    """What a run knows of earlier results.

    Args:
        store: Where results are found.
        retry_of: The run whose finished steps are replayed.
    """

    def __init__(self, store: Store, retry_of: str | None = None) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._runs: list[str] = []
        self._kept: dict[str, deque[Kept]] = {}
        if retry_of is not None:
            self.replay(retry_of)

    def replay(self, run: str) -> None:
        """Let the finished steps of a run, and of those replayed before, be found as often as they were called."""
        self._runs.append(run)
        kept: dict[str, deque[Kept]] = {}
        for each in dict.fromkeys(self._runs):
            for key, values in self._finished(each).items():
                kept[key] = max(kept.get(key, values), values, key=len)
        with self._guard:
            self._kept = kept

    def _finished(self, run: str) -> dict[str, deque[Kept]]:
        found: defaultdict[str, deque[Kept]] = defaultdict(deque)
        for stored in self._store.steps(run):
            told = msgspec.json.decode(stored.payload)
            ended = told["state"] in {"finished", "replayed", "cached"}
            # A step whose result is a secret can only be executed again.
            if ended and told.get("key") and not is_secret(told["value"]):
                found[told["key"]].append(told["value"])
        return found

    def find(self, key: str, lifetime: float) -> tuple[str, Kept] | None:
        """Return how and as what a step's result is known.

        Args:
            key: Key of the call.
            lifetime: Seconds for which a result of another run is good; 0 for none.
        """
        with self._guard:
            if key and self._kept.get(key):
                return "replayed", self._kept[key].popleft()
        if not key or not lifetime:
            return None
        since = 0 if lifetime == float("inf") else int((time.time() - lifetime) * 1e6)
        body = self._store.recall(key, since)
        return None if body is None else ("cached", msgspec.json.decode(body))

    def remember(self, key: str, kept: Kept) -> None:
        """Keep a result for other runs, unless it is a secret."""
        if is_secret(kept):
            return
        self._store.remember(key, time.time_ns() // 1000, msgspec.json.encode(kept))
