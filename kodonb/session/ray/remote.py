"""A cluster that somebody else runs: found by its address, with kodonb's actors founded on it at first use."""

from __future__ import annotations

import logging
import socket
import uuid
from collections.abc import Callable
from typing import Any, Final

import msgspec

from kodonb.model.errors import SessionError
from kodonb.model.settings import Settings
from kodonb.session.ray.arrival import HOOK
from kodonb.session.ray.wire import Where

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
        """
        if self._told is None:
            progress(f"connecting to Ray at {self.settings.address}")
            self._connect()
            from kodonb.session.ray import founding  # noqa: PLC0415 - loads Ray

            home = founding.spooler(self.settings, uuid.uuid4().hex[:16], "")
            founding.pool()
            self._told = {"pid": None, "cluster": home.cluster, "where": msgspec.to_builtins(home.where)}
        return self._told

    def _connect(self) -> None:
        import ray  # noqa: PLC0415 - only who connects to a cluster needs Ray

        self._knock()
        try:
            ray.init(
                address=self.settings.address,
                namespace="kodonb",
                log_to_driver=False,
                logging_level=logging.ERROR,
                ignore_reinit_error=True,
                runtime_env={"worker_process_setup_hook": HOOK},
            )
        except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
            # Ray tells a refused token from other refusals in its log only.
            raise SessionError(
                "Ray answers but refuses this process: wrong token, or another version of Ray",
                code="KN402",
                where=self.settings.address,
                remedy="set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN or RAY_AUTH_TOKEN_PATH to the cluster's token",
            ) from error

    def _knock(self) -> None:
        """Fail at once when nobody is at the address; Ray itself would try for more than a minute."""
        host, _, port = self.settings.address.rpartition(":")
        try:
            socket.create_connection((host, int(port)), timeout=_KNOCK).close()
        except (OSError, ValueError) as error:
            raise SessionError(
                f"no Ray cluster answers at {self.settings.address}",
                code="KN401",
                where="KODONB_RAY_ADDRESS",
                remedy="write HOST:PORT of a running head, or unset it to use a local cluster",
            ) from error

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
