"""What differs from place to place: the overlay for production, and components that an overlay may take."""

from __future__ import annotations

from typing import Any, Final

from kodonb.export.documents import document
from kodonb.export.manifests import network, sizing
from kodonb.export.manifests.pods import WORKER
from kodonb.export.naming import metadata, name_of, selector, tag_of
from kodonb.export.service import Service
from kodonb.export.targets.serving import PORT
from kodonb.export.targets.serving import settings as serving

FEWEST: Final = 2
"""Workers and replicas that are always there in production: one may fail."""

MOST: Final = 8

_CONTROLLER: Final = "ingress"

_OVERLAY: Final = """\
For production:  kubectl apply -k .
Copy this folder and change the copy: an export writes this one anew. See ../../README.md."""

_SCALE: Final = """\
More of everything, on the same base. `test` makes sure that the group is the one that is meant."""

_COMPONENT: Final = "An overlay takes it with  components: [../../components/{}]"

_INGRESS: Final = """\
Requests from outside, by the cluster's own ingress controller. Change host, and the namespace of the controller."""


def production(service: Service) -> dict[str, str]:
    """Return the files of the overlay for production."""
    return {
        "kustomization.yaml": document(_kustomization(service), about=_OVERLAY),
        "namespace.yaml": document(_namespace(service)),
        "disruption.yaml": document(_disruption(service)),
        "scale.yaml": document(_scale(service), about=_SCALE),
    }


def components(service: Service) -> dict[str, str]:
    """Return the files of the components."""
    return {
        "internet/kustomization.yaml": _component("internet", "network.yaml"),
        "internet/network.yaml": document(network.internet(service)),
        "ingress/kustomization.yaml": _component("ingress", "ingress.yaml"),
        "ingress/ingress.yaml": document(
            _ingress(service), network.from_namespace(service, _CONTROLLER), about=_INGRESS
        ),
    }


def _kustomization(service: Service) -> dict[str, Any]:
    name = name_of(service)
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": name,
        "resources": ["namespace.yaml", "../../base", "disruption.yaml"],
        "components": ["../../components/internet"],
        "images": [{"name": name, "newName": name, "newTag": tag_of(service)}],
        # Any other value of ROLLOUT begins a new cluster, for example after a secret has changed.
        "configMapGenerator": [
            {"name": f"{name}-settings", "behavior": "merge", "literals": ["ROLLOUT=1"]},
        ],
        "patches": [{"path": "scale.yaml", "target": {"kind": "RayService", "name": name}}],
    }


def _namespace(service: Service) -> dict[str, Any]:
    made = metadata(service)
    made["labels"] |= {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/warn": "restricted",
    }
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": made}


def _disruption(service: Service) -> dict[str, Any]:
    # Kubernetes counts down from what is wanted (`maxUnavailable`) only where pods belong to a kind it knows.
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(service, "workers"),
        "spec": {"minAvailable": 1, "selector": selector(service, WORKER)},
    }


def _scale(service: Service) -> list[dict[str, Any]]:
    group = "/spec/rayClusterConfig/workerGroupSpecs/0"
    size = sizing.worker(service)
    larger = size._replace(cpu=2 * size.cpu, memory=2 * size.memory)
    values = {
        f"{group}/replicas": FEWEST,
        f"{group}/minReplicas": FEWEST,
        f"{group}/maxReplicas": MOST,
        f"{group}/rayStartParams/num-cpus": str(larger.cpu + 1),
        f"{group}/template/spec/containers/0/resources": larger.told(),
        "/spec/serveConfigV2": document(serving(service, FEWEST, MOST)),
    }
    return [
        {"op": "test", "path": f"{group}/groupName", "value": "workers"},
        *({"op": "replace", "path": path, "value": value} for path, value in values.items()),
    ]


def _component(name: str, resource: str) -> str:
    told = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component", "resources": [resource]}
    return document(told, about=_COMPONENT.format(name))


def _ingress(service: Service) -> dict[str, Any]:
    name = name_of(service)
    host = f"{name}.example.com"
    backend = {"service": {"name": f"{name}-serve-svc", "port": {"number": PORT}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(service),
        "spec": {
            "tls": [{"hosts": [host], "secretName": f"{name}-tls"}],
            "rules": [
                {"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
            ],
        },
    }
