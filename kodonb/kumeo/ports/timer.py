"""Timer: a message again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from kodonb.kumeo.agents.protocol import Message
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.protocol import Incoming
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds


class Timer:
    """Gives a message at every multiple of an interval; one that was missed is left out, as its time has passed.

    Args:
        interval: Seconds between two messages.
        data: What a message holds beside `at` and `number`.
        count: How many messages there are; 0 for no end.
        name: What their ids begin with.
    """

    def __init__(
        self, interval: float, data: dict[str, Any] | None = None, count: int = 0, name: str = "timer"
    ) -> None:
        self._interval = interval
        self._data = data or {}
        self._count = count
        self._name = name
        self._number = 0
        self._tick = 0

    async def open(self) -> None:
        """Count from now on."""
        self._tick = int(time.time() / self._interval)

    async def pull(self, most: int) -> Sequence[Incoming]:  # noqa: ARG002 - there is but one at a time
        """Return the next message when it is time."""
        if self._count and self._number >= self._count:
            return ()
        self._tick = max(self._tick + 1, int(time.time() / self._interval))
        at = self._tick * self._interval
        await asyncio.sleep(max(0.0, at - time.time()))
        self._number += 1
        when = datetime.fromtimestamp(at, UTC)
        id_ = f"{self._name}:{self._tick}"
        data = {**self._data, "at": when.isoformat(), "number": self._number}
        return [Incoming(Message(id=id_, trace=id_, at=when, subject=self._name, data=data))]

    async def done(self, messages: Sequence[Incoming]) -> None:
        """Do nothing: time does not come again."""

    async def close(self) -> None:
        """Do nothing."""


def source(declared: Declared) -> Timer:
    """Return a timer; its address is the interval."""
    declared.known("data", "count", "interval")
    try:
        interval = seconds(declared.address)
    except UsageError as error:
        raise declared.wrong(error.message, 'write e.g. Timer("30s")') from None
    if interval <= 0:
        raise declared.wrong("an interval is longer than nothing", 'write e.g. Timer("30s")')
    data = declared.option("data", {})
    if not isinstance(data, dict):
        raise declared.wrong("`data` is no object", 'write e.g. {data: {kind: "tick"}}')
    for name in {"format", "partition"} & set(declared.options):
        declared.warn(f"`{name}` means nothing to a timer")
    return Timer(interval, data, declared.whole("count", 0), f"timer:{declared.workflow}")
