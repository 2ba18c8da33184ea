"""Creates the actors of an instance on the cluster that this process is connected to."""

from __future__ import annotations

import time
from typing import Any, Final, cast

import ray

from kodonb.model.errors import SessionError
from kodonb.model.settings import Settings
from kodonb.session.ray import actors
from kodonb.session.ray.pool import PoolActor
from kodonb.session.ray.spooling import SpoolerActor, new_keys
from kodonb.session.ray.wire import Home

_SUPERVISED: Final = {**actors.DETACHED, "max_restarts": -1, "max_task_retries": -1, "get_if_exists": True}
_PATIENCE: Final = 120.0  # seconds for an actor's process and its first words
_LOOK: Final = 0.02  # seconds


def spooler(settings: Settings, cluster: str, host: str, environment: dict[str, Any] | None = None) -> Home:
    """Create the spooler if it is not there yet, and return how it is reached.

    Args:
        settings: Settings of the instance.
        cluster: Identity of the cluster, if it is new.
        host: Address that the spooler binds.
        environment: Runtime environment of its process; that of the job by default.

    Raises:
        SessionError: It did not start (KN403).
    """
    actor: Any = ray.remote(SpoolerActor)
    actor = actor.options(name=actors.SPOOLER, **_SUPERVISED, runtime_env=environment)
    return cast("Home", _first_words(actor.remote(settings, cluster, new_keys(), host), "the spooler"))


def pool(environment: dict[str, Any] | None = None) -> None:
    """Create the pool as an actor, if it is not there yet.

    Args:
        environment: Runtime environment of its process and of all runs; that of the job by default.

    Raises:
        SessionError: It did not start (KN403).
    """
    actor: Any = ray.remote(PoolActor)
    actor = actor.options(name=actors.POOL, **_SUPERVISED, runtime_env=environment)
    _first_words(actor.remote(), "the pool")


def _first_words(actor: Any, what: str) -> Any:
    alive = actor.__ray_ready__.remote()
    until = time.monotonic() + _PATIENCE
    while (told := actors.told(actor)) is None:
        # An actor whose constructor failed answers with its error.
        ray.get(ray.wait([alive], timeout=_LOOK)[0])
        if time.monotonic() > until:
            raise SessionError(f"{what} did not start within {_PATIENCE:g} s", code="KN403")
    return told
