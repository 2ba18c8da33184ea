"""Messages of one source: taken in as there is room, and acknowledged when everything of them has left."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from kodonb.kumeo.ports.protocol import Answering, Incoming, Source
from kodonb.kumeo.running.flight import Flight


class Inbox:
    """One source.

    Args:
        source: The source.
        begin: Starts a coroutine.

    Attributes:
        finished: Messages that are done, and not acknowledged yet.
        taken: How many came.
        over: Whether no more will come.
        answering: Whether who sent a message waits for its results.
    """

    def __init__(self, source: Source, begin: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self.source = source
        self._begin = begin
        self._acknowledging = False
        self.finished: list[Incoming] = []
        self.taken = 0
        self.over = False
        self.answering = hasattr(source, "answer")
        self._answers: list[tuple[Incoming, list[Any], str]] = []

    def finish(self, flight: Flight) -> None:
        """Take note that everything of a message has left, or that it was put aside."""
        assert flight.incoming is not None
        if flight.kept is not None:
            fault = "; ".join(f"{who}: {why['message']}" for who, why in flight.faults or ())
            self._answers.append((flight.incoming, flight.kept, fault))
        self.finished.append(flight.incoming)

    def flush(self) -> None:
        """Acknowledge what is done."""
        if self.finished and not self._acknowledging:
            self._acknowledging = True
            self._begin(self._acknowledge())

    async def _acknowledge(self) -> None:
        try:
            while self.finished:
                batch, self.finished = self.finished, []
                answers, self._answers = self._answers, []
                for message, results, fault in answers:
                    await cast("Answering", self.source).answer(message, results, fault)
                await self.source.done(batch)
        finally:
            self._acknowledging = False
