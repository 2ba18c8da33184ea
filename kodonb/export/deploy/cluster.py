"""The cluster that services are deployed on, as this process reaches it."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from kodonb.export.deploy.deployment import Tell
from kodonb.model.errors import SessionError
from kodonb.model.settings import Settings, settings
from kodonb.session.ray.instance import Instance, token_of
from kodonb.session.ray.remote import knock, refused

LOCAL: Final = "local"
_NAMESPACE: Final = "serve"  # Ray Serve's own


class Cluster(NamedTuple):
    """A cluster that this process is connected to.

    Attributes:
        local: Whether it is the instance of `KODONB_HOME`.
        address: Where its Ray is.
        settings: What the environment says.
    """

    local: bool
    address: str
    settings: Settings

    @property
    def called(self) -> str:
        """Name for people."""
        return "the local instance" if self.local else f"the cluster at {self.address}"


def place(to: str) -> str:
    """Return where ``--to`` leads: what it says, or the cluster of the session."""
    return to or settings().address or LOCAL


def running(to: str) -> bool:
    """Whether there may be a cluster; the local one is not started to find out."""
    return place(to) != LOCAL or Instance(settings()).told() is not None


@contextmanager
def connected(to: str, tell: Tell) -> Iterator[Cluster]:
    """Hold a connection to a cluster; the local one is started if it is not running.

    Args:
        to: ``local``, or the address of a Ray cluster.
        tell: Told the stages of a start.

    Raises:
        SessionError: There is no cluster (KN401), it refuses this process (KN402), or does not start (KN403).
    """
    told, local = settings(), place(to) == LOCAL
    address = _local(told, tell) if local else place(to)
    import ray  # noqa: PLC0415 - the environment must be set before Ray is loaded

    knock(address)
    own = _connect(ray, address)
    try:
        yield Cluster(local, address, told)
    except ray.exceptions.RayError as error:
        if isinstance(error, ray.exceptions.RayTaskError):
            raise  # the cluster is there, and says what is wrong
        raise SessionError(
            f"the cluster went away meanwhile: {error}",
            code="KN306",
            where=address,
            remedy="see kodonb deployments when it is back",
        ) from error
    finally:
        if own:
            ray.shutdown()


def _local(told: Settings, tell: Tell) -> str:
    """Return where Ray of the local instance is, and let this process in."""
    address = Instance(told).up(tell).get("ray")
    os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN_PATH=str(token_of(told)))
    if not address:
        raise SessionError(
            "the local instance was started by another version of kodonb",
            code="KN401",
            remedy="kodonb down and kodonb up start it anew",
        )
    return str(address)


def _connect(ray: Any, address: str) -> bool:
    """Connect this process, and return whether it was not before."""
    from ray import serve  # noqa: PLC0415 - the environment must be set before Ray is loaded

    logging.getLogger(serve.__name__).setLevel(logging.ERROR)
    if ray.is_initialized() and ray.get_runtime_context().gcs_address == address:
        return False
    try:
        ray.init(address=address, namespace=_NAMESPACE, log_to_driver=False, logging_level=logging.ERROR)
    except (ConnectionError, RuntimeError, ray.exceptions.RayError) as error:
        raise refused(address) from error
    return True
