"""``serve.yaml``: how Ray Serve runs a service."""

from __future__ import annotations

from typing import Any, Final

from kodonb.export.documents import document
from kodonb.export.naming import name_of
from kodonb.export.service import Service

PORT: Final = 8000
"""Where every service listens, in a container and on a cluster."""

DEPLOYMENT: Final = "service"
"""What `kodonb.serve.replica` calls the deployment."""

_ABOUT: Final = """\
How Ray Serve runs the service. In this folder:  PYTHONPATH=$PWD/src serve run serve.yaml
On a cluster whose image holds the service:      serve deploy serve.yaml

Replicas take requests, start runs and tell of them; runs are carried by kodonb's runners elsewhere on the
cluster, found by the replica itself. So a replica is small and needs no environment of its own, whatever the
flows need. Whoever follows a run counts as an ongoing request."""


def config(service: Service) -> str:
    """Return the config of Ray Serve as YAML, for ``serve deploy`` and for KubeRay."""
    return document(settings(service), about=_ABOUT)


def settings(service: Service, fewest: int = 1, most: int = 4) -> dict[str, Any]:
    """Return the config of Ray Serve.

    Args:
        service: The service.
        fewest: Replicas that are always there.
        most: Replicas at most.
    """
    return {
        "proxy_location": "EveryNode",
        # No timeout of requests: a stream of events lasts as long as its run.
        "http_options": {"host": "0.0.0.0", "port": PORT, "keep_alive_timeout_s": 90},  # noqa: S104 - a container's own
        "logging_config": {"encoding": "JSON", "log_level": "INFO", "enable_access_log": True},
        "applications": [_application(service, fewest, most)],
    }


def _application(service: Service, fewest: int, most: int) -> dict[str, Any]:
    return {
        "name": name_of(service),
        "route_prefix": "/",
        "import_path": f"{service.package}.replica:service",
        "deployments": [_deployment(fewest, most)],
    }


def _deployment(fewest: int, most: int) -> dict[str, Any]:
    return {
        "name": DEPLOYMENT,
        "autoscaling_config": {
            "min_replicas": fewest,
            "max_replicas": most,
            "target_ongoing_requests": 200,
            "upscale_delay_s": 10,
            "downscale_delay_s": 300,
        },
        "max_ongoing_requests": 1000,
        "max_queued_requests": 1000,
        "graceful_shutdown_wait_loop_s": 1,
        "graceful_shutdown_timeout_s": 20,
        "health_check_period_s": 10,
        "health_check_timeout_s": 45,
        # More than none, so that no replica is on a head that has no CPU to lend.
        "ray_actor_options": {"num_cpus": 0.25},
    }
