"""Deploying, listing and removing services: connects to the cluster, which loads Ray, and has it done there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from kodonb.export.deploy.cluster import connected, running
from kodonb.export.deploy.deployment import Deployed, Deployment, Tell, Wanted
from kodonb.export.deploy.source import Source
from kodonb.model.errors import ServiceError


class Held(NamedTuple):
    """A service that lasts as long as a block.

    Attributes:
        made: What became of its start.
        look: Returns what there is to tell of it now; nothing if somebody has removed it.
    """

    made: Deployed
    look: Callable[[], Deployment | None]


def deploy(source: Source, to: str, wanted: Wanted, tell: Tell) -> Deployed:
    """Deploy a service, in the place of its last version if there is one.

    A new version comes up beside the old one and takes over when it is well; no request is lost. One that does not get
    well is taken back.

    Args:
        source: The service.
        to: ``local``, or the address of a Ray cluster; the session's by default.
        wanted: How. Without a route, one that is deployed keeps its own, or else its config gives it; the first
            service of a cluster is at ``/``, others are at ``/<name>``.
        tell: Told how far it is.

    Raises:
        ServiceError: It could not be deployed, and nothing has changed (KN706).
        SessionError: The cluster cannot be reached.
    """
    with connected(to, tell) as cluster:
        from kodonb.export.deploy import updating  # noqa: PLC0415 - loads Ray

        return updating.deploy(cluster, source, wanted, tell)


@contextmanager
def held(source: Source, to: str, wanted: Wanted, tell: Tell) -> Iterator[Held]:
    """Hold a service for as long as the block lasts.

    Args:
        source: The service.
        to: As of `deploy`.
        wanted: As of `deploy`.
        tell: Told how far it is.

    Raises:
        ServiceError: There is a deployment of that name, or it could not be started (KN706).
        SessionError: The cluster cannot be reached.
    """
    with connected(to, tell) as cluster:
        from kodonb.export.deploy import updating  # noqa: PLC0415 - loads Ray

        name = wanted.name or source.name
        if updating.look(name) is not None:
            raise ServiceError(
                f"{name} is deployed on {cluster.called} already",
                code="KN706",
                where=name,
                remedy=f"take another --name, or kodonb undeploy {name}; kodonb deploy updates it",
            )
        made = updating.deploy(cluster, source, wanted, tell)
        try:
            yield Held(made, lambda: updating.look(name))
        finally:
            if updating.look(name) is not None:
                updating.remove(cluster, name)


def compare(source: Source, to: str, wanted: Wanted, tell: Tell) -> list[str]:
    """Return what deploying a service would change, a line for each difference; nothing is changed.

    Args:
        source: The service.
        to: As of `deploy`; the local instance is not started for this.
        wanted: As of `deploy`.
        tell: Told how far it is.

    Raises:
        ServiceError: Ray Serve would not take its options (KN705).
        SessionError: The cluster cannot be reached.
    """
    if not running(to):
        from kodonb.export.deploy import difference, versioning  # noqa: PLC0415 - loads Ray

        new = versioning.version_of(source, wanted, wanted.route or "/", local=True)
        return list(difference.differences(None, new))
    with connected(to, tell) as cluster:
        from kodonb.export.deploy import updating  # noqa: PLC0415 - loads Ray

        return updating.compare(cluster, source, wanted)


def deployments(to: str, tell: Tell) -> list[Deployment]:
    """Return the services that were deployed on a cluster, by name.

    Args:
        to: As of `deploy`; the local instance is not started for this.
        tell: Told how far it is.

    Raises:
        SessionError: The cluster cannot be reached.
    """
    if not running(to):
        return []
    with connected(to, tell):
        from kodonb.export.deploy import updating  # noqa: PLC0415 - loads Ray

        return updating.listed()


def undeploy(name: str, to: str, tell: Tell) -> None:
    """Remove a service from a cluster; its runs go on.

    Args:
        name: What it is called.
        to: As of `deploy`; the local instance is not started for this.
        tell: Told how far it is.

    Raises:
        ServiceError: There is none of that name (KN707).
        SessionError: The cluster cannot be reached.
    """
    if not running(to):
        raise ServiceError(
            f"there is no deployment {name!r}", code="KN707", where=name, remedy="nothing is deployed there"
        )
    with connected(to, tell) as cluster:
        from kodonb.export.deploy import updating  # noqa: PLC0415 - loads Ray

        updating.remove(cluster, name)
