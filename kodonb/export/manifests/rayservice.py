"""The RayService: the cluster, and what Ray Serve does on it. KubeRay makes pods and services of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kodonb.export.documents import document
from kodonb.export.manifests import pods, sizing
from kodonb.export.naming import metadata
from kodonb.export.service import Service
from kodonb.export.targets.serving import settings

_LINGERS: Final = 3600
"""Seconds that the cluster of the last version gets for its runs, if no flow says how long one may take."""


def rayservice(service: Service) -> dict[str, Any]:
    """Return the RayService."""
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": metadata(service),
        "spec": {
            # A new version gets a cluster of its own, and the requests as soon as it is well.
            "upgradeStrategy": {"type": "NewCluster"},
            "rayClusterDeletionDelaySeconds": lingers(service),
            "excludeHeadPodFromServeSvc": True,
            "serveConfigV2": document(settings(service)),
            "rayClusterConfig": _cluster(service),
        },
    }


def lingers(service: Service) -> int:
    """Return how many seconds the cluster of the last version is left to its runs."""
    limits = [flow.meta.timeout for flow in service.flows]
    known = [limit for limit in limits if limit is not None]
    return max(60, int(max(known)) + 60) if len(known) == len(limits) and known else _LINGERS


def _cluster(service: Service) -> dict[str, Any]:
    return {
        "rayVersion": service.constraints["ray"],
        "authOptions": {"mode": "token"},
        "enableInTreeAutoscaling": True,
        "autoscalerOptions": {
            "upscalingMode": "Default",
            "idleTimeoutSeconds": 300,
            "imagePullPolicy": "IfNotPresent",
            "resources": {
                "requests": {"cpu": "250m", "memory": "1Gi"},
                "limits": {"cpu": "1", "memory": "1Gi"},
            },
            "securityContext": pods.CONFINED,
            "volumeMounts": pods.AUTOSCALER_MOUNTS,
        },
        "headGroupSpec": {
            "serviceType": "ClusterIP",
            # Steps and replicas want CPUs, so there are none of them on the head.
            "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},  # noqa: S104 - the pod's own
            "template": pods.head(service, sizing.HEAD),
        },
        "workerGroupSpecs": list(_groups(service)),
    }


def _groups(service: Service) -> Iterator[dict[str, Any]]:
    yield _group(service, "workers", 1, 4, sizing.worker(service))
    size = sizing.gpu_worker(service)
    if size is not None:
        # There is none while no run wants one: GPUs are dear.
        yield _group(service, "gpu-workers", 0, 2, size)


def _group(service: Service, name: str, fewest: int, most: int, size: sizing.Size) -> dict[str, Any]:
    return {
        "groupName": name,
        "replicas": fewest,
        "minReplicas": fewest,
        "maxReplicas": most,
        # One more than there are, for the service's replicas: they wait, so they take no CPU from steps.
        "rayStartParams": {"num-cpus": str(size.cpu + 1)},
        "template": pods.worker(service, size),
    }
