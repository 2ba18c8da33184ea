"""Launches that are repeated: the same `Idempotency-Key` gives the same run.

After draft-ietf-httpapi-idempotency-key-header-07. What is remembered lies in the event log, so it holds for all
replicas of a service and outlives them; ``kodonb prune`` forgets it. Within a process, requests with one key take
turns. Two replicas that are asked at the same moment, within the milliseconds between looking the key up and writing it
down, may both start a run.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final
from weakref import WeakValueDictionary

import msgspec
from fastapi import Header
from starlette.exceptions import HTTPException

from kodonb.model.errors import UsageError
from kodonb.serve import reach

if TYPE_CHECKING:
    from kodonb.serve.access.callers import Caller
    from kodonb.session.base import Session

LIFETIME: Final = 24 * 3600.0
"""Seconds for which a key is remembered."""

UNDER_WAY: Final = 60.0
"""Seconds for which a launch that was begun, and whose run is not there, is taken to be under way."""

REPLAYED: Final = "Idempotent-Replayed"
"""The header of a response that names a run which an earlier request has launched."""

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="The same key, with the same inputs, gives the same run for 24 hours.",
    ),
]
"""The header, as a parameter of routes."""


class _Launched(msgspec.Struct):
    """What is remembered of a launch.

    Attributes:
        run: Id of the run; empty if it could not be started.
        inputs: Fingerprint of the inputs.
        at: When it was launched, in seconds since 1970.
    """

    run: str
    inputs: str
    at: float


class Attempt:
    """A launch that may be the repetition of an earlier one.

    Args:
        key: The key that the client chose.
        caller: Who asks.
        path: The endpoint.
        inputs: What it was sent.
    """

    def __init__(self, key: str, caller: Caller, path: str, inputs: dict[str, Any]) -> None:
        own = key.strip('"')  # a string of Structured Fields has quotes; many clients leave them out
        self.name = "kodonb.serve launch " + _digest(msgspec.json.encode([caller.who, path, own]))
        # With the key, which is not kept: nobody who reads the log can try out what a secret among the inputs was.
        self._inputs = _digest(msgspec.json.encode([own, inputs], order="deterministic"))

    def earlier(self, session: Session) -> str | None:
        """Return the run that was launched with this key.

        Raises:
            HTTPException: It was launched with other inputs (422), or just now and elsewhere (409).
        """
        found = session.log.recall(self.name, int((time.time() - LIFETIME) * 1e6))
        known = None if found is None else msgspec.json.decode(found, type=_Launched)
        if known is None or not known.run:
            return None
        if known.inputs != self._inputs:
            raise HTTPException(422, "this Idempotency-Key was used for a launch with other inputs")
        try:
            return reach.find(known.run, session).id
        except UsageError:
            if time.time() - known.at < UNDER_WAY:
                raise HTTPException(
                    409, "a launch with this Idempotency-Key is under way", {"Retry-After": "1"}
                ) from None
            return None

    def begin(self, run: str, session: Session) -> None:
        """Remember which run it is going to be."""
        known = _Launched(run, self._inputs, time.time())
        session.log.remember(self.name, time.time_ns() // 1000, msgspec.json.encode(known))

    def fail(self, session: Session) -> None:
        """Forget it: the run could not be started."""
        self.begin("", session)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:40]


class Turns:
    """Lets requests with one key wait for each other."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, name: str) -> AsyncIterator[None]:
        """Hold the turn of a key."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            yield
