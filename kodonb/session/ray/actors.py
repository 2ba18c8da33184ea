"""Names of the parts of an instance on its cluster, and how they find the spooler.

The supervised actors spend their lives in one method: an actor that waits for calls wakes a hundred times a second, one
that is busy does not. So nobody calls them; what others need to know of them they tell through Ray's key-value store.
"""

from __future__ import annotations

import pickle
import threading
from typing import Any, Final, cast

import ray
from ray.experimental import internal_kv

from kodonb.model.errors import SessionError
from kodonb.session.ray.wire import Home, Where

NAMESPACE: Final = "kodonb"
SPOOLER: Final = "spooler"
POOL: Final = "pool"
RUNNER: Final = "runner-"

DETACHED: Final[dict[str, Any]] = {"lifetime": "detached", "namespace": NAMESPACE, "num_cpus": 0}
"""Options of every actor of ours: it outlives whoever created it and takes no CPU from steps."""


class Supervised:
    """What the supervised actors have in common."""

    def occupy(self) -> None:
        """Keep this process's main thread in `stay`, as soon as the constructor that calls this has returned."""
        ray.get_runtime_context().current_actor.stay.remote()

    def stay(self) -> None:
        """Do not return."""
        threading.Event().wait()


def tell(value: Any) -> None:
    """Say in an actor what `told` returns elsewhere."""
    key = str(ray.get_runtime_context().get_actor_id())
    internal_kv._internal_kv_put(key, pickle.dumps(value), namespace=NAMESPACE)  # noqa: SLF001 - Ray names it so


def told(actor: Any) -> Any:
    """Return what an actor has told last, or `None`."""
    found = internal_kv._internal_kv_get(actor._actor_id.hex(), namespace=NAMESPACE)  # noqa: SLF001 - Ray names them so
    return pickle.loads(found) if found else None


def home() -> Home:
    """Return how the spooler is reached and which instance it serves, as its actor told.

    Raises:
        SessionError: There is no spooler on this cluster (KN404).
    """
    try:
        found = told(ray.get_actor(SPOOLER, NAMESPACE))
    except (ValueError, ray.exceptions.RayError) as error:
        raise _no_spooler(str(error)) from error
    if found is None:
        raise _no_spooler("it is still starting")
    return cast("Home", found)


def where() -> Where:
    """Return how the spooler is reached now."""
    return home().where


def _no_spooler(reason: str) -> SessionError:
    return SessionError(
        f"the spooler cannot be found: {reason}",
        code="KN404",
        remedy="kodonb down and kodonb up start the instance anew",
    )
