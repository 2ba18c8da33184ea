"""What is asked of a deployment, and what is told of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

TIMEOUT: Final = 300.0
"""Seconds in which a new version must get well."""

Tell = Callable[[str], None]
"""Is told how far something is."""


class Wanted(NamedTuple):
    """How a service shall be deployed.

    Attributes:
        name: What it is called on the cluster; its own name by default.
        route: Prefix of its paths; see `deploy`.
        replicas: How many processes serve; what its config says by default.
        env: More environment variables for these.
        host: Address that Ray Serve binds when it is started.
        port: Its port; 0 for any that is free.
        timeout: Seconds in which a new version must get well.
        wait: Whether to wait until it is well, and to take it back if it does not get so.
    """

    name: str = ""
    route: str = ""
    replicas: int = 0
    env: Mapping[str, str] = {}
    host: str | None = None
    port: int | None = None
    timeout: float = TIMEOUT
    wait: bool = True


class Deployment(NamedTuple):
    """A service on a cluster.

    Attributes:
        name: What it is called.
        version: Version and code.
        status: ``running``, ``deploying``, ``deploy_failed``, ``unhealthy``, ``deleting``, or ``gone``.
        replicas: How many processes serve.
        wanted: How many should.
        address: Where it is reached, with a slash at its end.
        since: When this version was deployed.
        by: By whom.
    """

    name: str
    version: str
    status: str
    replicas: int
    wanted: int
    address: str
    since: datetime
    by: str


class Deployed(NamedTuple):
    """What became of a deployment.

    Attributes:
        now: What serves.
        before: Version and code of what did before; empty for the first.
        changed: Whether anything was changed.
    """

    now: Deployment
    before: str
    changed: bool
