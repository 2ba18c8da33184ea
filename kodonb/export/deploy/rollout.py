"""A new version in the place of the old one, which stays until the new one is well, and if it does not get well.

Serve starts the new replicas beside the old ones. A new replica counts when the service in it says that it is ready;
only then an old one ends, after its requests have. What fails is taken back: the old version is asked for again, by
the same name of its replicas, so that those which are there stay.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from filelock import FileLock, Timeout
from ray import serve
from ray.exceptions import RayTaskError
from ray.serve.exceptions import RayServeException

from kodonb.export.deploy import asking, rayserve, record
from kodonb.export.deploy.application import application
from kodonb.export.deploy.bringing import brought
from kodonb.export.deploy.cluster import Cluster
from kodonb.export.deploy.deployment import Tell, Wanted
from kodonb.export.deploy.record import Record, Version
from kodonb.model.errors import ServiceError

_LOOK: Final = 0.2  # seconds
_BACK: Final = 60.0  # seconds for the old version to be alone again
_WELL: Final = "RUNNING"
_ILL: Final = frozenset({"DEPLOY_FAILED", "UNHEALTHY"})
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_RAISED: Final = re.compile(r"[\w.]+(Error|Exception|Warning|Exit|Interrupt|Failed|Cancelled)(: |$)")


class Trouble(NamedTuple):
    """Why a version does not get well.

    Attributes:
        reason: In a line or two.
        where: Where in the code of the service, if it is known.
        told: The traceback in the code of the service.
    """

    reason: str
    where: str | None = None
    told: str = ""


@contextmanager
def turn(cluster: Cluster, name: str) -> Iterator[None]:
    """Let one process at a time deploy a service.

    Raises:
        ServiceError: Another one does (KN706).
    """
    folder = cluster.settings.home / "services"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(folder / f".{name}.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except Timeout:
        raise ServiceError(
            f"{name} is being deployed by another process",
            code="KN706",
            where=name,
            remedy="wait until that one is done",
        ) from None


def roll_out(cluster: Cluster, known: Record, version: Version, wanted: Wanted, tell: Tell) -> Record:
    """Replace what is known of a deployment by a version; return what is known then.

    Args:
        cluster: Where.
        known: What is known of the deployment.
        version: The version.
        wanted: Whether to wait until it is well, and for how long.
        tell: Told how far it is.

    Raises:
        ServiceError: It did not get well, and nothing has changed (KN706).
    """
    record.keep(known.begun(version))
    try:
        trouble = _try(cluster, known.name, version, wanted, tell)
    except BaseException:
        _take_back(cluster, known, tell)
        raise
    if trouble is not None:
        raise _failed(known, version, trouble, _take_back(cluster, known, tell))
    done = known.done(version)
    record.keep(done)
    return done


def _try(cluster: Cluster, name: str, version: Version, wanted: Wanted, tell: Tell) -> Trouble | None:
    path, parcel = brought(cluster, version)
    _submit(name, version, path, parcel)
    if not wanted.wait:
        return None
    said = _wait(name, wanted.timeout, tell)
    if said:
        return _trouble(said, path)
    told = asking.ready(rayserve.address(version.route))
    return Trouble(told) if told else None


def _submit(name: str, version: Version, path: Path, parcel: str) -> None:
    target = serve.RunTarget(application(version, path, parcel), name=name, route_prefix=version.route)
    try:
        serve.run_many(
            [target], wait_for_ingress_deployment_creation=False, wait_for_applications_running=False
        )
    except (RayServeException, RayTaskError) as error:
        raise ServiceError(
            f"Ray Serve refuses {name}: {str(error).splitlines()[-1]}",
            code="KN706",
            where=name,
            remedy="mend what it says and deploy again",
        ) from error


def _wait(name: str, timeout: float, tell: Tell) -> str:
    """Wait until an application is well; return what Serve says if it is not."""
    until, last = time.monotonic() + timeout, ""
    while True:
        told = rayserve.status().applications.get(name)
        state = "" if told is None else str(told.status.value)
        if state == _WELL:
            return ""
        said = [] if told is None else [each.message for each in told.deployments.values() if each.message]
        if state in _ILL:
            return "\n".join(said) or str(told.message if told else state)
        if time.monotonic() > until:
            return "\n".join([f"it was not well after {timeout:g} s: {_replicas(told)}", *said])
        if (now := _replicas(told)) != last:
            tell(f"{name}: {now}")
            last = now
        time.sleep(_LOOK)


def _replicas(told: Any) -> str:
    """Return how many replicas do what."""
    states: dict[str, int] = {}
    for deployment in told.deployments.values() if told is not None else ():
        for state, count in deployment.replica_states.items():
            word = str(getattr(state, "value", state)).lower()
            states[word] = states.get(word, 0) + count
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no replica yet"


def _take_back(cluster: Cluster, known: Record, tell: Tell) -> str:
    """Ask for the old version again; without one, remove what was tried. Return what is there then."""
    if known.current is None:
        rayserve.delete(known.name)
        record.forget(known.name)
        return "nothing is left of it"
    tell(f"{known.name}: going back to {known.current.full}")
    _submit(known.name, known.current, *brought(cluster, known.current))
    said = _wait(known.name, _BACK, lambda _: None)
    record.keep(known.failed())
    return f"{known.current.full} {'is not well either' if said else 'goes on serving'}"


def _trouble(message: str, path: Path) -> Trouble:
    """Take the exception, and the part of the traceback in the service's own code, out of what Serve says."""
    lines = _COLOUR.sub("", message).strip().splitlines()
    starts = [number for number, line in enumerate(lines) if _RAISED.match(line)]
    if not starts:
        return Trouble(" ".join(lines) or "Ray Serve does not say why")
    reason = " ".join(line.strip() for line in lines[starts[-1] :])
    own = [number for number, line in enumerate(lines) if line.startswith(f'  File "{path}')]
    if not own:
        return Trouble(reason)
    file, line = re.findall(r'File "(.*)", line (\d+)', lines[own[-1]])[0]
    traceback = "\n".join(["Traceback (most recent call last):", *lines[own[0] :]])
    return Trouble(reason, f"{Path(file).relative_to(path)}, line {line}", traceback)


def _failed(known: Record, version: Version, trouble: Trouble, kept: str) -> ServiceError:
    error = ServiceError(
        f"{known.name} {version.full} did not get well, {kept}: {trouble.reason}",
        code="KN706",
        where=trouble.where or known.name,
        remedy="mend what is named here and deploy again",
    )
    if trouble.told:
        error.add_note(trouble.told)
    return error
