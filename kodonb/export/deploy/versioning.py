"""From a folder and what is wanted of it to a version."""

from __future__ import annotations

import os
import re
import sys
from datetime import UTC, datetime
from importlib import metadata
from typing import Final

from kodonb.export.deploy import rayserve
from kodonb.export.deploy.application import checked, environment
from kodonb.export.deploy.deployment import Wanted
from kodonb.export.deploy.record import Record, Version
from kodonb.export.deploy.source import Source, access, digest
from kodonb.model.errors import ServiceError, UsageError
from kodonb.session.ray.remote import AUTO
from kodonb.session.submission import whoami

_ROUTE: Final = re.compile(r"/?[A-Za-z0-9._~/-]*")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def name_of(source: Source, wanted: Wanted) -> str:
    """Return what a service is called on the cluster.

    Raises:
        UsageError: It is no name (KN005).
    """
    name = wanted.name or source.name
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a deployment cannot be called {name!r}",
            code="KN005",
            where="--name",
            remedy="use letters, digits and any of . _ -",
        )
    return name


def version_of(source: Source, wanted: Wanted, route: str, *, local: bool) -> Version:
    """Return a version as it would be deployed now.

    Args:
        source: The service.
        wanted: How it shall be deployed.
        route: Prefix of its paths.
        local: Whether it is for the local instance.

    Raises:
        ServiceError: Ray Serve would not take its options (KN705).
    """
    options = checked(source.config)
    if local:
        # A config may ask for CPUs so that Ray places replicas well; the one machine's are for runs.
        options = {**options, "ray_actor_options": {**options.get("ray_actor_options", {}), "num_cpus": 0}}
    if wanted.replicas:
        options = {**options, "num_replicas": wanted.replicas, "autoscaling_config": None}
    env = {**_session(local=local), **environment(source.config), **access(), **wanted.env}
    at = datetime.now(UTC)
    # What cannot be copied may have changed in any way since the last time.
    code = source.code if source.files else str(at)
    return Version(
        label=source.version,
        code=source.code if source.files else "",
        service=source.service,
        path="" if source.files else str(source.folder),
        route=route,
        options=options,
        env=env,
        files=source.hashes,
        replica=digest([code, source.service, env, metadata.version("kodonb"), sys.version]),
        at=at,
        by=whoami(),
    )


def _session(*, local: bool) -> dict[str, str]:
    """Return what has the runs of a service carried by the cluster that its replicas are on."""
    told = {"KODONB_SESSION": "ray", "KODONB_RAY_ADDRESS": "" if local else AUTO}
    store = os.environ.get("KODONB_STORE", "")
    return {**told, "KODONB_STORE": store} if store and not local else told


def route_of(source: Source, wanted: Wanted, old: Version | None) -> str:
    """Return the prefix of a service's paths.

    It is the one that is wanted; else the one that the service has; else the one of its config. Where ``/`` comes of
    that and belongs to another service, it is ``/<name>``.

    Raises:
        UsageError: It is no prefix of paths (KN005).
    """
    told = wanted.route or (old.route if old else "") or str(source.config.get("route_prefix") or "/")
    if not _ROUTE.fullmatch(told):
        raise UsageError(
            f"{told!r} is no prefix of paths", code="KN005", where="--route", remedy="write, e.g., /digits"
        )
    name = wanted.name or source.name
    if not wanted.route and told == "/" and rayserve.routes().get("/", name) != name:
        return f"/{name}"
    return "/" + told.strip("/")


def check_free(known: Record, version: Version) -> None:
    """Make sure that neither name nor route belongs to something else.

    Raises:
        ServiceError: One does (KN706).
    """
    if known.current is None and rayserve.details(known.name):
        raise ServiceError(
            f"an application {known.name} runs there already, and kodonb has not deployed it",
            code="KN706",
            where=known.name,
            remedy="take another --name",
        )
    owner = rayserve.routes().get(version.route, known.name)
    if owner != known.name:
        raise ServiceError(
            f"the route {version.route} belongs to {owner} already",
            code="KN706",
            where=version.route,
            remedy="take another --route",
        )


def serves(known: Record, version: Version) -> bool:
    """Whether a version serves already, as it is wanted."""
    old = known.current
    if old is None or (old.replica, old.route, old.options) != (
        version.replica,
        version.route,
        version.options,
    ):
        return False
    return rayserve.state(known.name) == "running"
