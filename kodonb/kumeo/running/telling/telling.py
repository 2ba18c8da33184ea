"""What a workflow says in the event stream, bounded: in full while little happens, in samples and sums when much does.

While up to fifty events of agents come in a second (five hundred at once), each of them is told by itself,
with input and result, as an `agent` event that says ``what: hop``. Beyond that, once in a round, each agent
tells of its last event, and one event that says ``what: hops`` tells how many there were; so all counts
together are exact. Errors are told one by one up to twenty in a second; how many were not told is said too.
Numbers are `metric` events, once in a round.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from kodonb.kumeo.running.telling.tally import Purse, Tally

ROUND: Final = 1.0
"""Seconds between two rounds of telling."""

_PER_ROUND: Final = 100  # agents that are told of in a second; with more of them rounds are longer
_SUMMED: Final = ("tokens", "cost", "calls", "requests")
_BURST: Final = 200  # events in a second that agents may emit themselves


class Telling:
    """Takes what happens, and emits it at a bounded rate.

    Args:
        emit: Takes events of the run.
    """

    def __init__(self, emit: Callable[[str, Any], None]) -> None:
        self.emit = emit
        self.purse = Purse()
        self.tallies: list[Tally] = []
        self._numbers: dict[str, float] = {}
        self._said = 0
        self._unsaid = 0
        self._at = time.monotonic()

    def tally(self, agent: str) -> Tally:
        """Return the counts of an agent."""
        tally = Tally(agent, self.purse, self.emit)
        self.tallies.append(tally)
        return tally

    @property
    def pause(self) -> float:
        """Seconds between two rounds."""
        return max(ROUND, len(self.tallies) / _PER_ROUND)

    def say(self, kind: str, payload: Any) -> None:
        """Take an event that an agent emits itself."""
        if self._said >= _BURST * self.pause:
            self._unsaid += 1
            return
        self._said += 1
        self.emit(kind, payload)

    def number(self, name: str, value: float) -> None:
        """Take a number."""
        summed = any(word in name.rpartition(".")[2] for word in _SUMMED)
        self._numbers[name] = self._numbers.get(name, 0.0) + value if summed else value

    def round(self, watch: Callable[[float], None] = lambda _: None) -> None:
        """Tell what happened since the last round.

        Args:
            watch: Called before with the seconds that have passed since.
        """
        now = time.monotonic()
        seconds, self._at = now - self._at, now
        watch(seconds)
        for tally in self.tallies:
            for kind, payload in tally.drain(seconds):
                self.emit(kind, payload)
        numbers, self._numbers = self._numbers, {}
        for name, value in numbers.items():
            self.emit("metric", {"name": name, "value": value, "step": None})
        self._tell_unsaid()
        self.purse.refill(seconds)

    def _tell_unsaid(self) -> None:
        left, self._unsaid, self._said = self._unsaid, 0, 0
        hushed, self.purse.hushed = self.purse.hushed, 0
        for count, what in ((left, "events of agents"), (hushed, "errors")):
            if count:
                text = f"{count} {what} came too fast to be told one by one"
                self.emit("log", {"level": "WARNING", "logger": "kodonb.kumeo", "message": text})
