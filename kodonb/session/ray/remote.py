"""A cluster that somebody else runs: found by its address, with kodonb's actors founded on it at first use."""

from __future__ import annotations

import logging
import os
import socket
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kodonb.model.errors import SessionError, StoreError
from kodonb.model.settings import Settings
from kodonb.session.ray.arrival import HOOK, HOOK_VARIABLE
from kodonb.session.ray.wire import Home, Where

AUTO: Final = "auto"
"""The address that stands for the cluster which this process belongs to."""

_KNOCK: Final = 5.0  # seconds


class Remote:
    """The cluster at `KODONB_RAY_ADDRESS`, with the interface of a local instance.

    Unlike a local instance it costs the client an ``import ray``, once, to find the spooler.

    Args:
        settings: Settings; every node must reach the store they name.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._told: dict[str, Any] | None = None

    def told(self) -> dict[str, Any] | None:
        """Return what the cluster says of itself, or `None` if it is not connected."""
        return self._told

    def abandoned(self) -> str | None:
        """Return `None`: whether a cluster that is out of reach has ended cannot be known from here."""
        return None

    def where(self) -> Where:
        """Return how the spooler is reached now.

        Raises:
            SessionError: The cluster cannot be reached.
        """
        from kodonb.session.ray import actors  # noqa: PLC0415 - loads Ray

        return actors.where()

    def up(self, progress: Callable[[str], None]) -> dict[str, Any]:
        """Connect, and found kodonb's actors if they are not there.

        Raises:
            SessionError: There is no cluster at the address (KN401), or it refuses the token (KN402).
            StoreError: The cluster keeps its events where this process cannot read them (KN506).
        """
        if self._told is None:
            environment = self._join(progress)
            from kodonb.session.ray import founding  # noqa: PLC0415 - loads Ray

            home = founding.spooler(self.settings, uuid.uuid4().hex[:16], "", environment)
            _check_store(self.settings, home)
            # A local instance, which a process of its own cluster may call `auto`, has its pool in its head.
            if home.settings.address:
                founding.pool(environment)
            self._told = {"pid": None, "cluster": home.cluster, "where": msgspec.to_builtins(home.where)}
        return self._told

    def _join(self, progress: Callable[[str], None]) -> dict[str, Any] | None:
        """Make this process part of the cluster, and return the environment that actors founded from here need."""
        if self.settings.address == AUTO and _member():
            return {
                "env_vars": {HOOK_VARIABLE: HOOK}
            }  # the job is somebody else's, and so is its environment
        address = _own_cluster() if self.settings.address == AUTO else self.settings.address
        progress(f"connecting to Ray at {address}")
        self._connect(address)
        return None

    def _connect(self, address: str) -> None:
        import ray  # noqa: PLC0415 - only who connects to a cluster needs Ray

        knock(address)
        try:
            ray.init(
                address=address,
                namespace="kodonb",
                log_to_driver=False,
                logging_level=logging.ERROR,
                ignore_reinit_error=True,
                runtime_env={"worker_process_setup_hook": HOOK},
            )
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            raise refused(address) from error

    def down(self) -> bool:
        """Refuse: the cluster belongs to somebody else.

        Raises:
            SessionError: Always (KN405).
        """
        raise SessionError(
            "this cluster was not started by kodonb",
            code="KN405",
            where=self.settings.address,
            remedy="stop it with the tool that started it",
        )


def _member() -> bool:
    """Whether this process is connected to a cluster already, as workers and replicas of services are."""
    import ray  # noqa: PLC0415 - only who connects to a cluster needs Ray

    return bool(ray.is_initialized())


def _own_cluster() -> str:
    """Return the address of the cluster that started this process, e.g. for a job's entrypoint."""
    address = os.environ.get("RAY_ADDRESS", "")
    if not address or "://" in address or address == AUTO:
        raise SessionError(
            "this process belongs to no Ray cluster",
            code="KN401",
            where="KODONB_RAY_ADDRESS=auto",
            remedy="write HOST:PORT of a running head, or unset it to use a local cluster",
        )
    return address


def knock(address: str) -> None:
    """Fail at once when nobody is at an address; Ray itself would try for more than a minute.

    Raises:
        SessionError: Nobody is (KN401).
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_KNOCK).close()
    except (OSError, ValueError) as error:
        raise SessionError(
            f"no Ray cluster answers at {address}",
            code="KN401",
            where="KODONB_RAY_ADDRESS",
            remedy="write HOST:PORT of a running head, or unset it to use a local cluster",
        ) from error


def refused(address: str) -> SessionError:
    """Return the error that a cluster is there and does not let this process in."""
    # Ray tells a refused token from other refusals in its log only.
    return SessionError(
        "Ray answers but refuses this process: wrong token, or another version of Ray",
        code="KN402",
        where=address,
        remedy="set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the cluster's token",
    )


def _check_store(settings: Settings, home: Home) -> None:
    """Make sure that a store which is a file is the one that the spooler writes.

    Raises:
        StoreError: It is another one, or on another machine (KN506).
    """
    import ray  # noqa: PLC0415 - only who connects to a cluster needs Ray

    files = [store for store in (settings.store, home.settings.store) if store.startswith("sqlite")]
    here = str(ray.util.get_node_ip_address())  # type: ignore[no-untyped-call]
    host = home.where.address.removeprefix("tcp://").rpartition(":")[0]
    if files and (settings.store != home.settings.store or host not in {here, "127.0.0.1"}):
        raise StoreError(
            f"the events of this cluster are in a file that is not on this machine: it is on {host}",
            code="KN506",
            where="KODONB_STORE",
            remedy="set KODONB_STORE to a PostgreSQL URL, the same everywhere, and start the cluster anew",
        )
