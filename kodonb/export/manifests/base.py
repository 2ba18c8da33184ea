"""The base of the kustomization: everything that is equal wherever the service runs."""

from __future__ import annotations

from typing import Any, Final

from kodonb.export.documents import document
from kodonb.export.manifests.network import ABOUT, policies
from kodonb.export.manifests.pods import HEAD, HOME, KEYS, WORKER
from kodonb.export.manifests.rayservice import rayservice
from kodonb.export.naming import metadata
from kodonb.export.service import Service

_POD: Final = "spec/rayClusterConfig/{}/template/spec"
_GROUPS: Final = ("headGroupSpec", "workerGroupSpecs")

SETTINGS: Final = {
    "KODONB_HOME": f"{HOME}/kodonb",
    "KODONB_KEYS": f"{KEYS}/keys.json",
    "KODONB_RAY_ADDRESS": "auto",
    "KODONB_SESSION": "ray",
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Environment of the pods; nothing secret is in it."""

_RAYSERVICE: Final = """\
The cluster and the service on it, for KubeRay 1.6 or newer. `serveConfigV2` is serve.yaml."""

_KUSTOMIZATION: Final = """\
What is equal everywhere; overlays say where the image is, how large the cluster, and what else may be reached."""

_REFERENCES: Final = """\
Where a RayService names other objects. The name of the settings ends in a hash of them, so whoever changes a
setting gets a new cluster, beside the old one until it is well."""


def base(service: Service) -> dict[str, str]:
    """Return the files of the base."""
    return {
        "kustomization.yaml": document(_kustomization(service), about=_KUSTOMIZATION),
        "references.yaml": document(_references(), about=_REFERENCES),
        "rayservice.yaml": document(rayservice(service), about=_RAYSERVICE),
        "accounts.yaml": document(*(_account(service, role) for role in (HEAD, WORKER))),
        "network.yaml": document(*policies(service), about=ABOUT),
    }


def _kustomization(service: Service) -> dict[str, Any]:
    named = metadata(service, "settings")
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["accounts.yaml", "network.yaml", "rayservice.yaml"],
        "configurations": ["references.yaml"],
        "configMapGenerator": [
            {
                "name": named["name"],
                "literals": [f"{name}={value}" for name, value in SETTINGS.items()],
                "options": {"labels": named["labels"]},
            }
        ],
    }


def _references() -> dict[str, Any]:
    pods = [_POD.format(group) for group in _GROUPS]
    return {
        "nameReference": [
            _reference("ConfigMap", [f"{pod}/containers/envFrom/configMapRef/name" for pod in pods]),
            _reference("ServiceAccount", [f"{pod}/serviceAccountName" for pod in pods]),
        ]
    }


def _reference(kind: str, paths: list[str]) -> dict[str, Any]:
    return {
        "kind": kind,
        "version": "v1",
        "fieldSpecs": [{"kind": "RayService", "path": path} for path in paths],
    }


def _account(service: Service, role: str) -> dict[str, Any]:
    """Return an account. KubeRay gives the head's the rights of its autoscaler; the workers' has none."""
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": metadata(service, role),
        "automountServiceAccountToken": False,
    }
