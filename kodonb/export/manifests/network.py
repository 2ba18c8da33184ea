"""Who may speak with the pods of a service: nobody, but for what is allowed here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kodonb.export.manifests.pods import HEAD
from kodonb.export.naming import metadata, selector
from kodonb.export.service import Service
from kodonb.export.targets.serving import PORT

_PRIVATE: Final = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
)
_PRIVATE_6: Final = ("fc00::/7", "fe80::/10")

ABOUT: Final = """\
Closed, but for: Ray's own traffic among the pods, requests from this namespace, KubeRay, Prometheus in the
namespace `monitoring`, DNS in `kube-system`, PostgreSQL, and the API of Kubernetes (the head's autoscaler;
policies cannot name it, so its ports are open). What flows may ask on the Internet: components/internet."""


def policies(service: Service) -> Iterator[dict[str, Any]]:
    """Yield the policies of every cluster."""
    mine = {"podSelector": selector(service)}
    head = selector(service, HEAD)
    yield _policy(service, "closed")
    yield _policy(service, "ray", ingress=[{"from": [mine]}], egress=[{"to": [mine]}])
    yield _policy(service, "requests", ingress=[{"from": [{"podSelector": {}}], "ports": _tcp(PORT)}])
    operator = {
        "namespaceSelector": {},
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "kuberay-operator"}},
    }
    yield _policy(service, "operator", ingress=[{"from": [operator], "ports": _tcp(8265, PORT)}], pods=head)
    yield _policy(service, "metrics", ingress=[{"from": [_namespace("monitoring")], "ports": _tcp(8080)}])
    names = [*_tcp(53), {"port": 53, "protocol": "UDP"}]
    yield _policy(service, "names", egress=[{"to": [_namespace("kube-system")], "ports": names}])
    yield _policy(service, "store", egress=[{"ports": _tcp(5432)}])
    yield _policy(service, "kubernetes", egress=[{"ports": _tcp(443, 6443)}], pods=head)


def internet(service: Service) -> dict[str, Any]:
    """Return the policy that lets flows ask what is outside, by HTTPS, and nothing that is not."""
    outside = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(_PRIVATE)}},
        {"ipBlock": {"cidr": "::/0", "except": list(_PRIVATE_6)}},
    ]
    return _policy(service, "internet", egress=[{"to": outside, "ports": _tcp(443)}])


def from_namespace(service: Service, namespace: str) -> dict[str, Any]:
    """Return the policy that lets the pods of another namespace send requests."""
    return _policy(service, "ingress", ingress=[{"from": [_namespace(namespace)], "ports": _tcp(PORT)}])


def _policy(
    service: Service,
    part: str,
    *,
    ingress: list[dict[str, Any]] | None = None,
    egress: list[dict[str, Any]] | None = None,
    pods: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return a policy; one that allows nothing closes both ways."""
    allowed = {"ingress": ingress, "egress": egress}
    given = {way: rules for way, rules in allowed.items() if rules is not None}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(service, part),
        "spec": {
            "podSelector": pods or selector(service),
            "policyTypes": [way.capitalize() for way in given or allowed],
            **given,
        },
    }


def _namespace(name: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _tcp(*ports: int) -> list[dict[str, Any]]:
    return [{"port": port, "protocol": "TCP"} for port in ports]
