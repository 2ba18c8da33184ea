"""What is counted of one agent, and what is told of it: every event while there are few, or else samples and sums."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from kodonb.kumeo.agents.protocol import Dropped, Routed, Several
from kodonb.kumeo.ports.encoding import encode
from kodonb.kumeo.running.flight import Flight

LARGEST: Final = 16_384
"""Most bytes of JSON of an input or a result that is told whole."""

_SAMPLES: Final = 200


class Purse:
    """How much detail may still be told.

    Args:
        rate: Events of agents that may be told one by one in a second.
        burst: How many of them at once.
        errors: Errors that may be told in a second; ten times as many at once.

    Attributes:
        credit: Events that may be told now.
        errors: Errors that may be told now.
        hushed: Errors that were not told.
    """

    def __init__(self, rate: float = 50.0, burst: int = 500, errors: float = 20.0) -> None:
        self._rate, self._burst, self._errors = rate, burst, errors
        self.credit = float(burst)
        self.errors = errors * 10
        self.hushed = 0

    def refill(self, seconds: float) -> None:
        """Let time pass."""
        self.credit = min(self._burst, self.credit + self._rate * seconds)
        self.errors = min(self._errors * 10, self.errors + self._errors * seconds)


class Tally:
    """Counts of one agent since they were told last.

    Args:
        agent: Its id.
        purse: How much detail may be told, of all agents together.
        emit: Takes events.

    Attributes:
        purse: As above.
        count: Events that it has processed.
        last: The last event that was not told by itself: its flight, input and result.
    """

    def __init__(self, agent: str, purse: Purse, emit: Callable[[str, Any], None]) -> None:
        self.agent = agent
        self.purse = purse
        self._emit = emit
        self.count = self.told = self.skipped = self.dropped = self.failed = self.retried = self.cached = 0
        self.total = 0
        self.errors = 0
        self.waiting = 0
        self.seconds = 0.0
        self.longest = 0.0
        self.samples: deque[float] = deque(maxlen=_SAMPLES)
        self.last: tuple[Flight, Any, Any] | None = None

    def took(self, seconds: float, count: int = 1) -> None:
        """Count events, each of which took so long."""
        self.count += count
        self.total += count
        self.seconds += seconds * count
        self.longest = max(self.longest, seconds)
        self.samples.append(seconds)

    def tell(self, flight: Flight, state: str, inputs: Any, value: Any, seconds: float | None = None) -> None:
        """Tell of one event."""
        self.purse.credit -= 1
        self.told += 1
        self._emit("agent", self.hop(flight, state, inputs, value, seconds))

    def troubled(self, flight: Flight, action: str, inputs: Any, error: dict[str, Any]) -> None:
        """Tell of an event that the agent failed on; of many such events, of some."""
        if self.purse.errors < 1:
            self.purse.hushed += 1
            return
        self.purse.errors -= 1
        told = {
            "agent": self.agent,
            "event": flight.message.trace,
            "action": action,
            "input": bounded(inputs),
        }
        self._emit("error", {**error, **told})

    def hop(
        self, flight: Flight, state: str, inputs: Any, value: Any, seconds: float | None = None
    ) -> dict[str, Any]:
        """Return what is told of one event at one agent."""
        if type(value) is Dropped:
            state, value = "dropped", value.reason
        told = {"agent": self.agent, "what": "hop", "event": flight.message.trace, "state": state}
        if seconds is not None:
            told["seconds"] = round(seconds, 6)  # type: ignore[assignment]
        if type(value) is Routed:
            told["to"], value = list(value.subjects), value.value  # type: ignore[assignment]
        if type(value) is Several:
            value = list(value.values)
        return {**told, "input": bounded(inputs), "output": bounded(value)}

    def percentile(self, share: float) -> float:
        """Return the time that a share of the latest calls took at most."""
        found = sorted(self.samples)
        return found[min(len(found) - 1, int(len(found) * share))] if found else 0.0

    def drain(self, seconds: float) -> list[tuple[str, Any]]:
        """Return the events that tell what happened since the last time, and begin anew.

        Args:
            seconds: How long ago that was.
        """
        seen = self.count + self.skipped + self.failed
        if not seen and not self.retried:
            return []
        events: list[tuple[str, Any]] = []
        if self.last is not None:
            flight, inputs, value = self.last
            events.append(("agent", {**self.hop(flight, "finished", inputs, value), "sampled": True}))
        if seen > self.told:
            counted = {name: n for name in _COUNTS if (n := getattr(self, name))}
            events.append(("agent", {"agent": self.agent, "what": "hops", "events": self.count, **counted}))
        events += [
            ("metric", {"name": f"{self.agent}.{name}", "value": value, "step": None})
            for name, value in self._numbers(seconds)
        ]
        self.count = self.told = self.skipped = self.dropped = self.failed = self.retried = self.cached = 0
        self.seconds = self.longest = 0.0
        self.last = None
        return events

    def _numbers(self, seconds: float) -> list[tuple[str, float]]:
        found = [("events_per_s", round(self.count / max(seconds, 1e-6), 3))]
        if self.count:
            found.append(("latency_ms", round(1000 * self.seconds / self.count, 4)))
            found.append(("latency_p95_ms", round(1000 * self.percentile(0.95), 4)))
        if self.failed:
            found.append(("errors", float(self.failed)))
        if self.waiting:
            found.append(("waiting", float(self.waiting)))
        return found


_COUNTS: Final = ("told", "skipped", "dropped", "failed", "retried", "cached")


def bounded(value: Any) -> Any:
    """Return a value if it is small enough to be told, or else the beginning of its JSON."""
    if value is None or isinstance(value, bool | int | float):
        return value
    body = encode(value)
    if len(body) <= LARGEST:
        return value
    return {"cut": body[: LARGEST // 4].decode("utf-8", "ignore"), "bytes": len(body)}
