"""Results as events of the run: what a workflow gives where no target is wanted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kodonb.kumeo.ports.protocol import Outgoing
from kodonb.kumeo.running.telling.tally import bounded

_MOST: Final = 1000


class ShownTarget:
    """Tells of results in the event stream, and keeps the first of them for the result of the run.

    Args:
        emit: Takes events of the run.

    Attributes:
        values: The first results.
    """

    parallel = 1

    def __init__(self, emit: Callable[[str, Any], None]) -> None:
        self._emit = emit
        self.values: list[Any] = []

    async def open(self) -> None:
        """Do nothing: the event stream is there."""

    async def send(self, batch: Sequence[Outgoing]) -> Sequence[str]:
        """Tell of results."""
        for each in batch:
            value = {"subject": each.subject, "data": each.data} if each.subject else each.data
            self._emit("result", {"json": bounded(value)})
            if len(self.values) < _MOST:
                self.values.append(value)
        return [""] * len(batch)

    async def close(self) -> None:
        """Do nothing."""
