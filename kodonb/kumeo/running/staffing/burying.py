"""Dead letters: events that were put aside, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kodonb.kumeo.ports.protocol import Outgoing, Target
from kodonb.kumeo.running.flight import Flight
from kodonb.kumeo.running.telling.tally import bounded


class DeadLetters:
    """Puts events aside: at a target, or without one in the event stream.

    Args:
        workflow: Name of the workflow.
        target: Where they go; `None` for the event stream.
        emit: Takes events of the run.
    """

    def __init__(self, workflow: str, target: Target | None, emit: Callable[[str, Any], None]) -> None:
        self._workflow = workflow
        self._target = target
        self._emit = emit

    async def __call__(self, flight: Flight) -> None:
        """Put an event aside; when this returns, it is kept."""
        letter = self.letter(flight)
        if self._target is None:
            reason = letter["reasons"][0]["message"] if letter["reasons"] else ""
            told = {"type": "DeadLetter", "message": reason, "event": letter["event"]}
            self._emit("error", {**told, "letter": {**letter, "data": bounded(letter["data"])}})
            return
        message = flight.message
        sent = Outgoing(f"{message.trace}|dead", message.trace, letter, "", message.key)
        (refused,) = await self._target.send([sent])
        if refused:
            self._emit(
                "error",
                {
                    "type": "DeadLetter",
                    "message": refused,
                    "letter": {**letter, "data": bounded(letter["data"])},
                },
            )

    def letter(self, flight: Flight) -> dict[str, Any]:
        """Return what is kept of an event."""
        message = flight.message
        return {
            "workflow": self._workflow,
            "event": message.trace,
            "subject": message.subject,
            "at": message.at.isoformat(),
            "reasons": [{"agent": agent, **error} for agent, error in flight.faults or ()],
            "data": message.data,
        }
