"""Watches a workflow as a whole: its numbers, and the alerts that its section `monitor` declares.

Conditions of alerts see `response_time` (seconds from an event's coming to its end, the mean of the last round),
`throughput` (events in a second), `error_rate` (share of events that were put aside), `errors`, `in_flight`, and
under the id of an agent its `latency` (seconds), `errors`, `throughput` and `waiting`. An alert is raised when its
condition begins to hold, and said to be over when it ceases to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kodonb.kumeo.expressions import Condition, Malformed, condition
from kodonb.kumeo.program.records import Monitor
from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.telling.tally import Tally

_DIGITS: Final = 6


class Pulse:
    """What became of events since the last round.

    Attributes:
        ended: How many came to their end.
        dead: How many of them were put aside.
        seconds: How long they took, all together.
    """

    def __init__(self) -> None:
        self.ended = self.dead = 0
        self.seconds = 0.0

    def take(self, seconds: float, *, dead: bool) -> None:
        """Count an event."""
        self.ended += 1
        self.dead += dead
        self.seconds += seconds

    def drain(self, seconds: float, in_flight: int) -> dict[str, float]:
        """Return the numbers of the last so many seconds, and begin anew."""
        ended, dead, taken = self.ended, self.dead, self.seconds
        self.ended, self.dead, self.seconds = 0, 0, 0.0
        return {
            "throughput": round(ended / max(seconds, 1e-6), _DIGITS),
            "response_time": round(taken / ended, _DIGITS) if ended else 0.0,
            "error_rate": round(dead / ended, _DIGITS) if ended else 0.0,
            "errors": float(dead),
            "in_flight": float(in_flight),
        }


class Alerts:
    """The alerts of a workflow.

    Args:
        monitor: Its section `monitor`.
        emit: Takes events of the run.
        alarm: Sends a value to a subject.

    Raises:
        WorkflowError: A condition is malformed (KN832).
    """

    def __init__(
        self,
        monitor: Monitor | None,
        emit: Callable[[str, Any], None],
        alarm: Callable[[str, Any], None] | None,
    ) -> None:
        self._emit = emit
        self._alarm = alarm
        self._watched = (
            [(_condition(each.condition), str(plain(each.channel) or "")) for each in monitor.alerts]
            if monitor
            else []
        )
        self._raised: set[str] = set()

    def look(self, workflow: Mapping[str, float], tallies: list[Tally], seconds: float) -> None:
        """Evaluate all conditions.

        Args:
            workflow: The numbers of the whole.
            tallies: What was counted of agents, and not told yet.
            seconds: For how long.
        """
        if not self._watched:
            return
        fields = {**{tally.agent: _numbers(tally, seconds) for tally in tallies}, **workflow}
        for test, channel in self._watched:
            if test.holds(fields) != (test.text in self._raised):
                self._turn(test, channel, workflow)

    def _turn(self, test: Condition, channel: str, workflow: Mapping[str, float]) -> None:
        over = test.text in self._raised
        self._raised ^= {test.text}
        told = {"alert": test.text, "state": "over" if over else "raised", "numbers": dict(workflow)}
        self._emit("action", {**told, "channel": channel})
        if channel and self._alarm is not None:
            self._alarm(channel, told)


def _condition(text: str) -> Condition:
    try:
        return condition(text)
    except Malformed as error:
        raise WorkflowError(
            f"{error.message}, in `{text}`", where="monitor, alerts", remedy=error.remedy
        ) from None


def _numbers(tally: Tally, seconds: float) -> dict[str, float]:
    return {
        "latency": tally.seconds / tally.count if tally.count else 0.0,
        "errors": float(tally.failed),
        "throughput": tally.count / max(seconds, 1e-6),
        "waiting": float(tally.waiting),
    }
