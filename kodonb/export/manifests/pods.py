"""The pods of a Ray cluster: not root, nothing to write to but what is mounted, no token of Kubernetes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kodonb.export.manifests.sizing import Size
from kodonb.export.naming import COMPONENT, INSTANCE, metadata, name_of, selector, tag_of
from kodonb.export.service import Service
from kodonb.export.targets.serving import PORT

HEAD: Final = "head"
WORKER: Final = "worker"

USER: Final = 1000
"""User and group in the image; a number, so that Kubernetes can tell that it is not root."""

HOME: Final = "/home/app"
"""Home of that user, the only place besides ``/tmp`` that can be written."""

KEYS: Final = "/etc/kodonb"
"""Where the file of API keys is mounted."""

AGENT_PORT: Final = 52365
"""Where Ray's agent says on every node whether Ray is well; KubeRay chooses it."""

_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"
_PORTS: Final = {"gcs-server": 6379, "dashboard": 8265, "client": 10001}

CONFINED: Final = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""What no container may do."""

AUTOSCALER_MOUNTS: Final = [
    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
    {"name": "kubernetes", "mountPath": _ACCOUNT, "readOnly": True},
]
"""What the autoscaler needs. It alone gets a token of Kubernetes: the code of flows is in the container beside it."""


def head(service: Service, size: Size) -> dict[str, Any]:
    """Return the template of the head pod."""
    container = _container(service, HEAD, size, ports={**_PORTS, "serve": PORT, "metrics": 8080}, mounts={})
    # KubeRay looks after the proxy of the head itself; a head that is not ready would be cut off from its workers.
    container["readinessProbe"] = _probe("/api/healthz", AGENT_PORT, failures=10)
    return _template(service, HEAD, container, volumes=[_token()])


def worker(service: Service, size: Size) -> dict[str, Any]:
    """Return the template of a worker pod; with GPUs if its size has any."""
    component = "gpu-worker" if size.gpus else WORKER
    container = _container(
        service, WORKER, size, ports={"serve": PORT, "metrics": 8080}, mounts={"keys": KEYS}
    )
    # Only a pod whose proxy answers takes requests; that is one with a replica.
    container["readinessProbe"] = _probe("/-/healthz", PORT, failures=1)
    made = _template(service, component, container, volumes=[_keys(service)])
    made["spec"]["topologySpreadConstraints"] = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector(service, component),
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    if size.gpus:
        made["spec"]["tolerations"] = [
            {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        ]
    return made


def _template(
    service: Service, component: str, container: dict[str, Any], volumes: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    account = HEAD if component == HEAD else WORKER
    return {
        "metadata": {
            "labels": {
                INSTANCE: name_of(service),
                COMPONENT: component,
                "app.kubernetes.io/version": tag_of(service),
            }
        },
        "spec": {
            "serviceAccountName": metadata(service, account)["name"],
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": 60,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
            "volumes": [_empty("tmp", "10Gi"), _empty("home", "1Gi"), *volumes],
        },
    }


def _container(
    service: Service, role: str, size: Size, ports: Mapping[str, int], mounts: Mapping[str, str]
) -> dict[str, Any]:
    secrets = metadata(service, "secrets")["name"]
    return {
        "name": f"ray-{role}",
        "image": f"{name_of(service)}:{tag_of(service)}",
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": name, "containerPort": port} for name, port in ports.items()],
        "envFrom": [
            {"configMapRef": {"name": metadata(service, "settings")["name"]}},
            {"secretRef": {"name": secrets}},
        ],
        # Named once more, so that a pod does not start without it and keep its events where they are lost.
        "env": [
            {"name": "KODONB_STORE", "valueFrom": {"secretKeyRef": {"name": secrets, "key": "KODONB_STORE"}}}
        ],
        "resources": size.told(),
        "securityContext": CONFINED,
        # KubeRay's own probes would call wget, which the image does not have.
        "livenessProbe": _probe("/api/healthz", AGENT_PORT, failures=60),
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
            {"name": "home", "mountPath": HOME},
            *({"name": name, "mountPath": path, "readOnly": True} for name, path in mounts.items()),
        ],
    }


def _probe(path: str, port: int, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": port},
        "initialDelaySeconds": 10,
        "periodSeconds": 5,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _empty(name: str, limit: str) -> dict[str, Any]:
    return {"name": name, "emptyDir": {"sizeLimit": limit}}


def _keys(service: Service) -> dict[str, Any]:
    """Return the volume of API keys; a service that trusts a provider's tokens has none."""
    secret = {"secretName": metadata(service, "keys")["name"], "optional": True, "defaultMode": 0o440}
    return {"name": "keys", "secret": secret}


def _token() -> dict[str, Any]:
    """Return the volume that Kubernetes itself would mount into every container of the pod."""
    sources: list[dict[str, Any]] = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    return {"name": "kubernetes", "projected": {"defaultMode": 0o440, "sources": sources}}
