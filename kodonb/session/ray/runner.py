"""The runner: a process that is kept ready, carries one run to its end, and is then replaced."""

from __future__ import annotations

import signal
import sys
from typing import Any

import msgspec

from kodonb.model.errors import RunError, SessionError
from kodonb.model.module import Module
from kodonb.session.carrier import Carrier
from kodonb.session.ray.arrival import arrive
from kodonb.session.ray.place import Place, settle_at
from kodonb.session.ray.timers import leisure
from kodonb.session.submission import Launch


class Runner:
    """Carries one run. A Ray actor: one call at a time, in the main thread.

    Args:
        name: Name of the actor.
    """

    def __init__(self, name: str) -> None:
        arrive()
        self._name = name
        self._place = Place("runner", name, self._handle)
        self._carrier: Carrier | None = None
        settle_at(self._place)
        self._over = False

    def serve(self) -> None:
        """Wait for a run, and carry it to its end."""
        rays = signal.signal(signal.SIGTERM, self._end)
        try:
            self._serve()
        finally:
            signal.signal(signal.SIGTERM, rays)
            if self._over:
                sys.exit(1)

    def _serve(self) -> None:
        asked = {"to": "pool", "verb": "work", "run": "", "runner": self._name}
        with leisure():
            given = self._place.link.ask("tell", asked, timeout=None)
        launch = msgspec.convert(given["launch"], Launch)
        source = "flow" if launch.attempt == 1 else f"flow~{launch.attempt}"
        context = self._place.begin(launch.run, source, launch.run if launch.attempt > 1 else launch.retry_of)
        self._carrier = Carrier(launch, context, own=True)
        self._carrier.carry(msgspec.msgpack.decode(given["module"], type=Module))

    def _end(self, *_: object) -> None:
        """Leave because Ray says so, and let the run tell why it ends."""
        self._over = True
        raise RunError("Ray ended the runner: its pool, or its node, went away", code="KN305")

    def _handle(self, verb: str, body: Any) -> None:
        if verb != "cancel" or self._carrier is None:
            raise SessionError(f"this runner cannot {verb} now", code="KN405")
        self._carrier.cancel(body["reason"])
