"""Services on a cluster that is connected: deploying, comparing, telling and removing them."""

from __future__ import annotations

from typing import Any

from kodonb.export.deploy import bringing, rayserve, record, rollout
from kodonb.export.deploy.cluster import Cluster
from kodonb.export.deploy.deployment import Deployed, Deployment, Tell, Wanted
from kodonb.export.deploy.difference import differences
from kodonb.export.deploy.record import Record
from kodonb.export.deploy.source import Source
from kodonb.export.deploy.versioning import check_free, name_of, route_of, serves, version_of
from kodonb.model.errors import ServiceError


def deploy(cluster: Cluster, source: Source, wanted: Wanted, tell: Tell) -> Deployed:
    """Deploy a service, in the place of its last version if there is one.

    Raises:
        ServiceError: It could not be deployed, and nothing has changed (KN706).
        UsageError: Its name, or its route, is none (KN005).
    """
    name = name_of(source, wanted)
    with rollout.turn(cluster, name):
        rayserve.start(cluster, rayserve.Listen(wanted.host, wanted.port), source.http)
        try:
            return _deploy(cluster, name, source, wanted, tell)
        finally:
            _tidy(cluster)


def _deploy(cluster: Cluster, name: str, source: Source, wanted: Wanted, tell: Tell) -> Deployed:
    known = record.known(name) or Record(name=name)
    old = known.current
    version = version_of(source, wanted, route_of(source, wanted, old), local=cluster.local)
    check_free(known, version)
    if serves(known, version):
        known = record.Record(name=name, current=version, previous=known.previous)
        record.keep(known)
        return Deployed(told(known), version.full, changed=False)
    if source.files:
        bringing.bring(cluster, source)
    if source.data and not rayserve.one_machine():
        tell(
            f"{name}: runs find its data files only where a replica is; put them into an image for more machines"
        )
    tell(f"{name}: starting {version.full}" + (f" beside {old.full}" if old else ""))
    done = rollout.roll_out(cluster, known, version, wanted, tell)
    return Deployed(told(done), old.full if old else "", changed=True)


def compare(cluster: Cluster, source: Source, wanted: Wanted) -> list[str]:
    """Return what deploying a service would change."""
    known = record.known(wanted.name or source.name)
    old = known.current if known is not None else None
    new = version_of(source, wanted, route_of(source, wanted, old), local=cluster.local)
    return list(differences(old, new))


def listed() -> list[Deployment]:
    """Return all deployments of the cluster, by name."""
    return [told(known) for known in record.all_known()]


def look(name: str) -> Deployment | None:
    """Return what is to be told of the deployment of a name; nothing if there is none."""
    known = record.known(name)
    return None if known is None else told(known)


def told(known: Record) -> Deployment:
    """Return what is to be told of a deployment."""
    version = known.current or known.next
    assert version is not None  # a record is made with a version
    details: dict[str, Any] = rayserve.details(known.name)
    parts = list(details.get("deployments", {}).values())
    return Deployment(
        name=known.name,
        version=version.full,
        status=rayserve.state(known.name),
        replicas=sum(replica["state"] == "RUNNING" for part in parts for replica in part["replicas"]),
        wanted=sum(part["target_num_replicas"] for part in parts),
        address=rayserve.address(version.route),
        since=version.at,
        by=version.by,
    )


def remove(cluster: Cluster, name: str) -> None:
    """Remove a service; its runs go on.

    Raises:
        ServiceError: There is none of that name (KN707).
    """
    names = [known.name for known in record.all_known()]
    if name not in names:
        raise unknown(name, names)
    if rayserve.details(name):
        rayserve.delete(name)
    record.forget(name)
    _tidy(cluster)


def unknown(name: str, known: list[str]) -> ServiceError:
    """Return the error that there is no deployment of a name."""
    return ServiceError(
        f"there is no deployment {name!r}",
        code="KN707",
        where=name,
        remedy=f"there are: {', '.join(known)}" if known else "nothing is deployed there",
    )


def _tidy(cluster: Cluster) -> None:
    bringing.tidy(cluster, (version for known in record.all_known() for version in known.versions))
    rayserve.stop(cluster)
