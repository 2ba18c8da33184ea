"""Results on their way to one target: in batches, several at once, and each answered for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

from kodonb.kumeo.ports.protocol import Outgoing, Target
from kodonb.kumeo.running.flight import Flight

_BATCH: Final = 500


class Outbox:
    """What waits for a target.

    Args:
        target: The target.
        begin: Starts a coroutine.
        left: Called with a flight when a result of it has left, and why it was refused if so.
        soon: Called when something was sent.

    Attributes:
        waiting: Results that are not on their way yet.
        sent: How many have left.
    """

    def __init__(
        self,
        target: Target,
        begin: Callable[[Coroutine[Any, Any, None]], None],
        left: Callable[[Flight, Outgoing, str], None],
        soon: Callable[[], None],
    ) -> None:
        self._target = target
        self._begin = begin
        self._left = left
        self._soon = soon
        self._active = 0
        self.waiting: deque[tuple[Flight, Outgoing]] = deque()
        self.sent = 0

    def flush(self) -> None:
        """Send what waits, as far as the target takes several batches at once."""
        while self.waiting and self._active < self._target.parallel:
            count = min(len(self.waiting), _BATCH)
            batch = [self.waiting.popleft() for _ in range(count)]
            self._active += 1
            self._begin(self._send(batch))

    async def _send(self, batch: list[tuple[Flight, Outgoing]]) -> None:
        try:
            refused = await self._target.send([outgoing for _, outgoing in batch])
        finally:
            self._active -= 1
        for (flight, outgoing), why in zip(batch, refused, strict=True):
            self.sent += not why
            self._left(flight, outgoing, why)
        self._soon()
