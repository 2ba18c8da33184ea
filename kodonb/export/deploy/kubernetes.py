"""Deploying on Kubernetes: what ``kubectl`` does with the kustomization of an export, and KubeRay makes of it.

KubeRay starts a cluster for the new version beside the one that serves, and switches when that is well; so a version
that does not get well costs no request. It would try for ever, though: here it is taken back.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from kodonb.export.deploy.deployment import TIMEOUT, Tell
from kodonb.model.errors import ServiceError

OVERLAY: Final = "k8s/overlays/production"
_KIND: Final = "RayService"
_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_LOOK: Final = 2.0  # seconds


class Object(NamedTuple):
    """A RayService.

    Attributes:
        name: Its name.
        namespace: Its namespace; empty for the one of the context.
    """

    name: str
    namespace: str

    @property
    def words(self) -> tuple[str, ...]:
        """What kubectl is told to find it."""
        space = ("-n", self.namespace) if self.namespace else ()
        return ("rayservice", self.name, *space)


def deploy(folder: Path, tell: Tell, timeout: float | None = TIMEOUT) -> list[str]:
    """Apply the kustomization of an export, and wait until the service is well.

    Args:
        folder: Made by `kodonb export`.
        tell: Told how far it is.
        timeout: Seconds in which it must get well; `None` not to wait for that.

    Returns:
        Names of the services.

    Raises:
        ServiceError: The folder has no manifests (KN705); there is no kubectl, it fails, or the service does not get
            well and was taken back (KN706).
    """
    overlay = _overlay(folder)
    found = list(_services(_kubectl(overlay, "kustomize", str(overlay))))
    before = {each: _get(overlay, each) for each in found}
    tell(_kubectl(overlay, "apply", "-k", str(overlay)).strip())
    if timeout is not None:
        for each in found:
            _see_well(overlay, each, before[each], timeout, tell)
    return [each.name for each in found]


def _see_well(overlay: Path, each: Object, before: dict[str, Any], timeout: float, tell: Tell) -> None:
    """Wait until a service is well.

    Raises:
        ServiceError: It did not get so, and was taken back (KN706).
    """
    trouble = _wait(overlay, each, timeout, tell)
    if not trouble:
        return
    _take_back(overlay, before)
    kept = "the version of before was applied again" if before else "there is none to go back to"
    raise ServiceError(
        f"{each.name} did not get well, {kept}: {trouble}",
        code="KN706",
        where=f"{OVERLAY}",
        remedy=f"see kubectl describe {' '.join(each.words)}",
    )


def compare(folder: Path) -> str:
    """Return what applying the kustomization would change, as ``kubectl diff`` shows it.

    Raises:
        ServiceError: The folder has no manifests (KN705); there is no kubectl, or it fails (KN706).
    """
    overlay = _overlay(folder)
    return _kubectl(overlay, "diff", "-k", str(overlay), fine=(0, 1))


def _overlay(folder: Path) -> Path:
    overlay = folder / OVERLAY
    if not (overlay / "kustomization.yaml").is_file():
        raise ServiceError(
            f"{folder} has no manifests of Kubernetes",
            code="KN705",
            where=str(overlay),
            remedy="export it with --target k8s",
        )
    return overlay


def _kubectl(overlay: Path, *words: str, fine: tuple[int, ...] = (0,), given: str = "") -> str:
    """Run kubectl and return what it says."""
    program = shutil.which("kubectl")
    if program is None:
        raise ServiceError(
            "there is no kubectl on the PATH",
            code="KN706",
            where="kubectl",
            remedy=f"install it, or where there is one: kubectl apply -k {overlay}",
        )
    done = subprocess.run([program, *words], input=given, capture_output=True, text=True, check=False)
    if done.returncode not in fine:
        raise ServiceError(
            f"kubectl {words[0]} failed: {done.stderr.strip() or f'exit code {done.returncode}'}",
            code="KN706",
            where=f"kubectl {' '.join(words)}",
            remedy="check the context: kubectl config current-context, kubectl get rayservices",
        )
    return done.stdout


def _services(rendered: str) -> Iterator[Object]:
    for each in yaml.safe_load_all(rendered):
        if isinstance(each, dict) and each.get("kind") == _KIND:
            about = each["metadata"]
            yield Object(str(about["name"]), str(about.get("namespace", "")))


def _get(overlay: Path, service: Object) -> dict[str, Any]:
    """Return an object; nothing of one that is not there."""
    said = _kubectl(overlay, "get", *service.words, "-o", "json", "--ignore-not-found")
    found: dict[str, Any] = json.loads(said) if said.strip() else {}
    return found


def _wait(overlay: Path, service: Object, timeout: float, tell: Tell) -> str:
    """Wait until a service is well as it was applied; return why it is not."""
    until, last = time.monotonic() + timeout, ""
    while True:
        told = _get(overlay, service)
        state = _state(told)
        if not state:
            return ""
        if (trouble := _trouble(told)) or time.monotonic() > until:
            return trouble or f"after {timeout:g} s it was {state}"
        if state != last:
            tell(f"{service.name}: {state}")
            last = state
        time.sleep(_LOOK)


def _state(told: Mapping[str, Any]) -> str:
    """Return what a service is waiting for; nothing when it is as it should be."""
    status = told.get("status") or {}
    if status.get("observedGeneration", 0) < told.get("metadata", {}).get("generation", 0):
        return "not seen by KubeRay yet"
    conditions = {each["type"]: each for each in status.get("conditions") or ()}
    if conditions.get("UpgradeInProgress", {}).get("status") == "True":
        return "starting beside the last version"
    if conditions.get("Ready", {}).get("status") != "True":
        return str(conditions.get("Ready", {}).get("reason") or "starting")
    return next((f"{name} is {state}" for name, state, _ in _applications(status) if state != "RUNNING"), "")


def _trouble(told: Mapping[str, Any]) -> str:
    """Return what Ray Serve says of an application that has failed."""
    for name, state, message in _applications(told.get("status") or {}):
        if state in {"DEPLOY_FAILED", "UNHEALTHY"}:
            return f"{name} is {state}: {message}"
    return ""


def _applications(status: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, status and message of the applications of the version that was applied last."""
    # While there is an upgrade the active cluster has the version of before. A pending one that is none has no name.
    pending = status.get("pendingServiceStatus") or {}
    cluster = pending if pending.get("rayClusterName") else status.get("activeServiceStatus") or {}
    for name, about in (cluster.get("applicationStatuses") or {}).items():
        parts = (about.get("serveDeploymentStatuses") or {}).values()
        said = [about.get("message", ""), *(part.get("message", "") for part in parts)]
        yield name, str(about.get("status", "")), " ".join(filter(None, said))


def _take_back(overlay: Path, before: Mapping[str, Any]) -> None:
    applied = before.get("metadata", {}).get("annotations", {}).get(_APPLIED, "")
    if applied:
        _kubectl(overlay, "apply", "-f", "-", given=applied)
