"""Creates the actors of an instance on the cluster that this process is connected to."""

from __future__ import annotations

from typing import Any, cast

import ray

from kodonb.model.settings import Settings
from kodonb.session.ray import actors
from kodonb.session.ray.pool import Pool
from kodonb.session.ray.spooling import SpoolerActor, new_keys
from kodonb.session.ray.wire import Home

_SUPERVISED = {**actors.DETACHED, "max_restarts": -1, "max_task_retries": -1, "get_if_exists": True}


def found(settings: Settings, cluster: str, host: str) -> Home:
    """Create what is not there yet, and return how it is reached.

    Args:
        settings: Settings of the instance.
        cluster: Identity of the cluster, if it is new.
        host: Address that the spooler binds.
    """
    spooler: Any = ray.remote(SpoolerActor)
    spooler = spooler.options(name=actors.SPOOLER, **_SUPERVISED).remote(settings, cluster, new_keys(), host)
    home = cast("Home", ray.get(spooler.home.remote()))
    pool: Any = ray.remote(Pool)
    ray.get(pool.options(name=actors.POOL, **_SUPERVISED).remote().ready.remote())
    return home
