"""The steps of a run, bounded."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, Final

from kodonb.display.read import bounded, mapping, name, names, number, whole
from kodonb.display.records import ENDED, Attempt, StepView

MAX_STEPS: Final = 2_000
"""Most calls that are held; earlier ones that have ended make room and stay only as counts."""

MAX_ATTEMPTS: Final = 10
MAX_AFTER: Final = 1_000


class StepBook:
    """Follows the `step` events of a run.

    Attributes:
        held: Calls by id, in the order in which they were first seen.
        folded: Calls that are not held: (name, state) -> how many.
    """

    def __init__(self) -> None:
        self.held: dict[str, StepView] = {}
        self.folded: Counter[tuple[str, str]] = Counter()
        self._ended: dict[str, None] = {}  # an ordered set: the call that ended first comes first

    def take(self, at: datetime, source: str, payload: dict[str, Any]) -> None:
        """Take the payload of a `step` event."""
        call, state = name(payload.get("step")), name(payload.get("state")) or "running"
        step = self.held.get(call) or self._open(call, payload, state)
        if step is None:
            return
        step.after = names(payload.get("after"), MAX_AFTER) or step.after
        step.inputs = mapping(bounded(payload.get("inputs"))) or step.inputs
        attempt = _attempt(step, whole(payload.get("attempt"), 1))
        if state == "submitted" and (attempt.started or attempt.ended):
            # Sources are not ordered among each other: a step may have begun before its caller said so.
            attempt.submitted = attempt.submitted or at
            return
        self._ended.pop(call, None)
        if state in ENDED:
            self._ended[call] = None
        step.state, step.source = state, source
        step.error = mapping(bounded(payload.get("error"))) or (step.error if state in ENDED else None)
        _note(attempt, at, state, number(payload.get("seconds")))

    def counts(self) -> dict[str, int]:
        """Return how many calls are in each state, those that are not held included."""
        states = Counter(step.state for step in self.held.values())
        for (_, state), count in self.folded.items():
            states[state] += count
        return dict(states)

    def _open(self, call: str, payload: dict[str, Any], state: str) -> StepView | None:
        title = name(payload.get("name")) or call.partition("#")[0]
        if len(self.held) >= MAX_STEPS and not self._make_room():
            if state in ENDED:  # nothing held has ended: such a call is counted once, when it ends
                self.folded[title, state] += 1
            return None
        step = StepView(call, title)
        self.held[call] = step
        return step

    def _make_room(self) -> bool:
        if not self._ended:
            return False
        call = next(iter(self._ended))
        del self._ended[call]
        step = self.held.pop(call)
        self.folded[step.name, step.state] += 1
        return True


def _attempt(step: StepView, wanted: int) -> Attempt:
    for attempt in reversed(step.attempts):
        if attempt.number == wanted:
            return attempt
    attempt = Attempt(wanted, "submitted")
    step.attempts.append(attempt)
    del step.attempts[:-MAX_ATTEMPTS]
    return attempt


def _note(attempt: Attempt, at: datetime, state: str, seconds: float | None) -> None:
    attempt.state = state
    if state == "submitted":
        attempt.submitted = attempt.submitted or at
    elif state == "running":
        attempt.started = attempt.started or at
    else:
        attempt.ended = at
    if seconds is not None:
        attempt.seconds = max(0.0, seconds)
