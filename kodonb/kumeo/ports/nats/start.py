"""From where on messages are taken: all, new ones, from a time or an offset."""

from __future__ import annotations

from typing import Any

from nats.js import api

from kodonb.kumeo.ports.times import time_of


def started_at(said: str) -> dict[str, Any]:
    """Return what a consumer is told.

    Args:
        said: ``all``, ``new``, ``last``, the number of a message, a time such as ``2026-01-31T12:00``, or how
            long ago, such as ``2h``.

    Raises:
        PortError: It is none of these (KN821).
    """
    plain = {"all": api.DeliverPolicy.ALL, "new": api.DeliverPolicy.NEW, "last": api.DeliverPolicy.LAST}
    if said in plain:
        return {"deliver_policy": plain[said]}
    if said.isdigit():
        return {"deliver_policy": api.DeliverPolicy.BY_START_SEQUENCE, "opt_start_seq": max(1, int(said))}
    return {"deliver_policy": api.DeliverPolicy.BY_START_TIME, "opt_start_time": time_of(said)}
