"""Ray Serve itself on a cluster: started, asked, and stopped when nothing is left on it."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import ray
from ray import serve
from ray.serve.context import _get_global_client
from ray.serve.schema import ServeStatus

from kodonb.export.deploy.cluster import Cluster
from kodonb.model.errors import ServiceError

HOST: Final = "127.0.0.1"
PORT: Final = 8000
_ANY: Final = ("0.0.0.0", "::", "")  # noqa: S104 - what they mean, not what is bound


class Listen(NamedTuple):
    """Where Serve shall listen; `None` for wherever it does already, or the default.

    Attributes:
        host: Address to bind.
        port: Port; 0 for any that is free.
    """

    host: str | None = None
    port: int | None = None


def start(cluster: Cluster, listen: Listen, config: Mapping[str, Any]) -> None:
    """Start Ray Serve if it is not running.

    Args:
        cluster: Where.
        listen: Where it shall listen.
        config: What the config of a service says of that; heeded elsewhere, where who calls is elsewhere too.

    Raises:
        ServiceError: The port is taken, or Serve listens elsewhere already (KN706).
    """
    client = _client()
    if client is not None:
        _check_same(listen, client.http_config)
        return
    told = {} if cluster.local else dict(config)
    host = str(listen.host or told.get("host") or HOST)
    port = int(told.get("port") or PORT) if listen.port is None else listen.port
    port = _free(host, port) if cluster.local or port == 0 else port
    where = "HeadOnly" if cluster.local else "EveryNode"
    try:
        serve.start(http_options={**told, "host": host, "port": port}, proxy_location=where)
    except (RuntimeError, TimeoutError, ray.exceptions.RayError) as error:
        raise ServiceError(
            f"Ray Serve does not start: {error}",
            code="KN706",
            where=f"{host}:{port}",
            remedy="see whether the port is free on every machine of the cluster",
        ) from error


def delete(name: str) -> None:
    """Remove an application, once its requests have been answered.

    Raises:
        ServiceError: It does not end (KN706).
    """
    try:
        serve.delete(name)
    except TimeoutError as error:
        raise ServiceError(
            f"{name} does not end: {error}", code="KN706", where=name, remedy="try again in a while"
        ) from error


def address(route: str) -> str:
    """Return where a service is reached, with a slash at its end."""
    client = _client()
    if client is None:
        return ""
    http = client.http_config
    proxies = client.get_serve_details().get("proxies") or {}
    nodes = [str(proxy["node_ip"]) for proxy in proxies.values() if proxy.get("node_ip")]
    host = (nodes or [HOST])[0] if http.host in _ANY else str(http.host)
    return f"http://{host}:{http.port}{route.rstrip('/')}/"


def status() -> ServeStatus:
    """Return what Serve knows of all applications."""
    return serve.status() if _client() is not None else ServeStatus()


def details(name: str) -> dict[str, Any]:
    """Return what Serve knows of an application, with its replicas; nothing of one that is not there."""
    client = _client()
    found: dict[str, Any] = client.get_serve_details()["applications"] if client is not None else {}
    told: dict[str, Any] = found.get(name, {})
    return told


def state(name: str) -> str:
    """Return the status of an application, such as ``running``; ``gone`` if it is not there."""
    status = details(name).get("status", "gone")
    return str(getattr(status, "value", status)).lower()


def routes() -> dict[str, str]:
    """Return which application has which prefix."""
    client = _client()
    found = client.get_serve_details()["applications"] if client is not None else {}
    return {told["route_prefix"]: name for name, told in found.items() if told.get("route_prefix")}


def one_machine() -> bool:
    """Whether all nodes of the cluster are on one machine."""
    return len({node["NodeManagerHostname"] for node in ray.nodes() if node["Alive"]}) <= 1  # type: ignore[no-untyped-call]


def stop(cluster: Cluster) -> None:
    """Stop Serve on the local instance when no application is left, so that its port is free again."""
    if cluster.local and _client() is not None and not status().applications:
        serve.shutdown()  # type: ignore[no-untyped-call]


def _client() -> Any:
    # Serve would start a cluster of its own to look there.
    return _get_global_client(raise_if_no_controller_running=False) if ray.is_initialized() else None


def _check_same(listen: Listen, http: Any) -> None:
    asked = (listen.host or http.host, listen.port or http.port)
    if asked != (http.host, http.port):
        raise ServiceError(
            f"Ray Serve listens on {http.host}:{http.port} already, for all services of the cluster",
            code="KN706",
            where=f"{asked[0]}:{asked[1]}",
            remedy="leave out --host and --port, or undeploy the services that kodonb deployments lists first",
        )


def _free(host: str, port: int) -> int:
    """Return a port that can be bound."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ServiceError(
                f"port {port} of {host} cannot be bound: {error.strerror}",
                code="KN706",
                where=f"{host}:{port}",
                remedy="end what listens there, or take another one with --port; 0 takes any that is free",
            ) from error
        return int(probe.getsockname()[1])
