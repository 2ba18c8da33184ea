"""A service on Ray Serve: what a replica loads, when it is well, and how it ends.

Who deploys it needs neither the application nor what it imports, only its name; Ray is imported when that is asked for.
"""

from __future__ import annotations

import asyncio
import os
import pkgutil
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from starlette.applications import Starlette

from kodonb import session as sessions
from kodonb.model.errors import ServiceError, SessionError
from kodonb.model.settings import settings
from kodonb.serve.api import ServeAPI
from kodonb.serve.replica.ending import Ending, Streams
from kodonb.serve.replica.looking import look
from kodonb.serve.replica.parcel import unpacked

if TYPE_CHECKING:
    from ray.serve import Application
    from starlette.types import ASGIApp

NAME: Final = "service"
"""Name of the deployment, by which the config of Ray Serve knows it."""

PARCELS: Final = "kodonb-services"
"""Where a cluster keeps the code that services brought to it."""

_READY: Final = "/ready"
_PATIENCE: Final = 30.0  # seconds in which a new replica must get ready
_LOOK: Final = 0.1  # seconds
_FAREWELL: Final = 0.5  # seconds for streams to end by themselves
_THREADS: Final = 64  # of requests that wait for a run; Serve would give as few as five
_OPTIONS: Final[dict[str, Any]] = {
    "name": NAME,
    # A service waits; what computes are runs, which ask for CPUs themselves.
    "ray_actor_options": {"num_cpus": 0},
    # Who follows a run holds a request for as long as it lasts.
    "max_ongoing_requests": 1000,
    # Replicas of a new version come up beside those that they replace, which stay if it fails.
    "max_surge_percent": 100,
    "max_constructor_retry_count": 3,
    "graceful_shutdown_wait_loop_s": 1.0,
    "graceful_shutdown_timeout_s": 20.0,
    "health_check_timeout_s": 45.0,  # a spooler that is away is waited for thirty
}


def on_serve(app: str, **options: Any) -> Application:
    """Return a service as an application of Ray Serve.

    ``service = on_serve("digits.app:app")`` in a module is what ``serve run module:service``, ``serve build``,
    ``serve.run`` and `kodonb deploy` take. The application is imported in the replicas, not here.

    Args:
        app: Where the ASGI application is, as ``module:object``.
        options: Options of the deployment, as of ``ray.serve.deployment``. Those of kodonb are: no CPU, as runs
            compute and the service does not; 1000 requests at a time for each replica; a new version comes up beside
            the old one, which stays if the new one does not start.
    """
    from ray import serve  # noqa: PLC0415 - whoever imports `kodonb.serve` may do without Ray

    actor = {**_OPTIONS["ray_actor_options"], **options.pop("ray_actor_options", {})}
    deployment = serve.deployment(**{**_OPTIONS, **options, "ray_actor_options": actor})
    return deployment(serve.ingress()(Replica)).bind(app)


class Replica:
    """One process of a service.

    Args:
        app: Where the ASGI application is, as ``module:object``.
        path: Folder to import it from, if it is not installed.
        parcel: Name under which the cluster keeps that folder for machines that do not have it.
        env: Environment variables of the process.
    """

    def __init__(
        self, app: str, path: str = "", parcel: str = "", env: Mapping[str, str] | None = None
    ) -> None:
        self._name = app
        self._path = path
        self._parcel = parcel
        self._env = dict(env or {})
        self._ready = False
        self._checks = ThreadPoolExecutor(1, thread_name_prefix="kodonb-health")

    async def __serve_build_asgi_app__(self) -> ASGIApp:
        """Load the application; Serve runs its lifespan after that."""
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="kodonb-request"))
        os.environ.update(self._env)
        if self._path or self._parcel:
            sys.path.insert(0, await asyncio.to_thread(_folder, self._path, self._parcel))
        _belong()
        await asyncio.to_thread(lambda: sessions.current().ready())
        self._app: ASGIApp = pkgutil.resolve_name(self._name)
        streams = Streams()
        _before_end(lambda: loop.call_soon_threadsafe(self._end, loop, streams))
        if isinstance(self._app, Starlette):
            self._app.add_middleware(Ending, streams=streams)
            return self._app
        return Ending(self._app, streams)

    def _end(self, loop: asyncio.AbstractEventLoop, streams: Streams) -> None:
        """Let go of who follows or waits for a run; other requests are answered, as Serve has it."""
        if isinstance(self._app, ServeAPI):
            self._app._service.streams.close()  # noqa: SLF001 - the same room
        loop.call_later(_FAREWELL, streams.end)

    async def check_health(self) -> None:
        """Raise if this process cannot do its work; Serve replaces one that says so three times in a row.

        A new replica gets no request before the service says of itself that it is ready.
        """
        if not self._ready:
            await _check_ready(self._app)
            self._ready = True
        await asyncio.get_running_loop().run_in_executor(self._checks, _check_session)


async def _check_ready(app: ASGIApp) -> None:
    """Ask the service itself; one that was written without such a route is taken as it is.

    Raises:
        ServiceError: It is not ready (KN703).
    """
    until = time.monotonic() + _PATIENCE
    while True:
        status, body = await look(app, _READY)
        if status < 500:
            return
        if time.monotonic() > until:
            raise ServiceError(f"{_READY} answers {status}: {body}", where=_READY)
        await asyncio.sleep(_LOOK)


def _check_session() -> None:
    """Make sure that runs can be reached.

    Raises:
        SessionError: They cannot (KN404).
    """
    if not sessions.current().parts().get("up", True):
        raise SessionError("what carries the runs of this service is gone", code="KN404")


def _folder(path: str, parcel: str) -> str:
    """Return where the code of the service is on this machine, which may have to fetch it first."""
    if not parcel or os.path.isdir(path):  # noqa: PTH112 - a path of the machine that deployed it
        return path
    from ray.experimental import internal_kv  # noqa: PLC0415 - in a replica Ray is there

    body = internal_kv._internal_kv_get(parcel, namespace=PARCELS)  # noqa: SLF001 - Ray names it so
    if body is None:
        raise ServiceError(
            f"the cluster does not have the code of this service any more: {parcel}",
            code="KN706",
            remedy="deploy it again",
        )
    return str(unpacked(body, settings().home / "services" / parcel))


def _belong() -> None:
    """Let the cluster that this replica is part of carry the runs, unless the environment says what does."""
    import ray  # noqa: PLC0415 - in a replica Ray is there

    from kodonb.session.ray.instance import Instance  # noqa: PLC0415 - one session is loaded, not all
    from kodonb.session.ray.remote import AUTO  # noqa: PLC0415

    told = settings()
    if told.session != "ray" or told.address or not ray.is_initialized():
        return
    instance = Instance(told).told() or {}
    if instance.get("ray") != ray.get_runtime_context().gcs_address:
        os.environ["KODONB_RAY_ADDRESS"] = AUTO


def _before_end(call: Any) -> None:
    """Have a function called when Serve begins to stop this replica, which it tells nobody."""
    from ray._private import worker  # noqa: PLC0415 - in a replica Ray is there

    here = worker.global_worker
    replica = getattr(here.actors.get(here.actor_id), "_replica_impl", None)
    if replica is None:
        return  # Serve's local testing mode; or another Ray, where followers are cut off at the end
    shut_down = replica.perform_graceful_shutdown

    async def announced() -> None:
        call()
        await shut_down()

    replica.perform_graceful_shutdown = announced
