"""The runner: a process that is kept ready, carries one run to its end, and is then replaced."""

from __future__ import annotations

import os
from typing import Any

from kodonb.model.errors import SessionError
from kodonb.model.module import Module
from kodonb.session.carrier import Carrier
from kodonb.session.ray.arrival import arrive
from kodonb.session.ray.place import Place, settle_at
from kodonb.session.submission import Launch


class Runner:
    """Carries one run. A Ray actor: one call at a time, in the main thread.

    Args:
        name: Name of the actor.
    """

    def __init__(self, name: str) -> None:
        arrive()
        self._place = Place("runner", name, self._handle)
        self._carrier: Carrier | None = None
        settle_at(self._place)

    def ready(self) -> int:
        """Return the process id; while a run is carried the answer waits for its end."""
        return os.getpid()

    def carry(self, launch: Launch, module: Module) -> None:
        """Carry a run to its end."""
        source = "flow" if launch.attempt == 1 else f"flow~{launch.attempt}"
        context = self._place.begin(launch.run, source, launch.run if launch.attempt > 1 else launch.retry_of)
        self._carrier = Carrier(launch, context, own=True)
        self._carrier.carry(module)

    def _handle(self, verb: str, body: Any) -> None:
        if verb != "cancel" or self._carrier is None:
            raise SessionError(f"this runner cannot {verb} now", code="KN405")
        self._carrier.cancel(body["reason"])
