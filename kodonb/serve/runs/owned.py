"""Which runs belong to a service: those of its flows, and no others of the same event log."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from kodonb.serve import reach

if TYPE_CHECKING:
    from kodonb.model.run import RunRecord
    from kodonb.session.base import Session


class Owned:
    """The names of the flows whose runs a service shows and touches.

    Those of flows that it includes are known from the start. What a function of `ServeAPI.enter` launches is known when
    it has: the log remembers it, so that all replicas of the service, and those after a restart, know too.
    """

    def __init__(self) -> None:
        self._flows: set[str] = set()
        self._endpoints: list[str] = []

    def add(self, flow: str) -> None:
        """Own the runs of a flow."""
        self._flows.add(flow)

    def ask(self, endpoint: str) -> None:
        """Own the runs of whatever flows an endpoint is remembered to have launched.

        Args:
            endpoint: What it is called in the log, the same in all replicas.
        """
        self._endpoints.append(_key(endpoint))

    def has(self, flow: str) -> bool:
        """Whether it is known already, without a question to the log, that runs of a flow are owned."""
        return flow in self._flows

    def learn(self, endpoint: str, flow: str, session: Session) -> None:
        """Remember that an endpoint launches runs of a flow."""
        if flow in self._flows:
            return
        key = _key(endpoint)
        known = sorted({flow, *_recalled(key, session)})
        session.log.remember(key, time.time_ns() // 1000, msgspec.json.encode(known))
        self._flows.add(flow)

    def flows(self, session: Session) -> frozenset[str]:
        """Return the names of the flows."""
        found = self._flows.union(*(_recalled(key, session) for key in self._endpoints))
        return frozenset(found)

    def find(self, run: str, session: Session) -> RunRecord:
        """Return a run of the service.

        Raises:
            UsageError: There is none with that id (KN003).
        """
        found = reach.find(run, session)
        if found.flow not in self._flows and found.flow not in self.flows(session):
            raise reach.unknown(run)
        return found


def _key(endpoint: str) -> str:
    return f"kodonb.serve flows of {endpoint}"


def _recalled(key: str, session: Session) -> list[str]:
    found = session.log.recall(key, 0)
    return [] if found is None else msgspec.json.decode(found, type=list[str])
