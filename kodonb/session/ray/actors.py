"""Names of the parts of an instance on its cluster, and how they find the spooler."""

from __future__ import annotations

from typing import Any, Final, cast

import ray

from kodonb.model.errors import SessionError
from kodonb.session.ray.wire import Home, Where

NAMESPACE: Final = "kodonb"
SPOOLER: Final = "spooler"
POOL: Final = "pool"
RUNNER: Final = "runner-"

DETACHED: Final[dict[str, Any]] = {"lifetime": "detached", "namespace": NAMESPACE, "num_cpus": 0}
"""Options of every actor of ours: it outlives whoever created it and takes no CPU from steps."""


def home() -> Home:
    """Ask the spooler's actor how it is reached and which instance it serves.

    Raises:
        SessionError: There is no spooler on this cluster (KN404).
    """
    try:
        actor: Any = ray.get_actor(SPOOLER, NAMESPACE)
        found: Home = cast("Home", ray.get(actor.home.remote(), timeout=30))
    except (ValueError, ray.exceptions.RayError) as error:
        raise SessionError(
            f"the spooler cannot be found: {error}",
            code="KN404",
            remedy="kodonb down and kodonb up start the instance anew",
        ) from error
    return found


def where() -> Where:
    """Return how the spooler is reached now."""
    return home().where
