"""All kinds of sources and targets, by name; new ones are added as an entry point, or in this process."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any, Final, NamedTuple

from kodonb.kumeo.catalogue.options import COMMON
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.ports.declared import Declared
from kodonb.kumeo.ports.errors import PortError
from kodonb.kumeo.ports.protocol import Source, Target

GROUP: Final = "kodonb.ports"
"""The entry points that add kinds: each is a `Kind`."""

_MODULES: Final = {
    "NATS": "kodonb.kumeo.ports.nats.making",
    "File": "kodonb.kumeo.ports.files.making",
    "Timer": "kodonb.kumeo.ports.timer",
    "HTTP": "kodonb.kumeo.ports.http.making",
    "MQTT": "kodonb.kumeo.ports.mqtt.making",
    "Kafka": "kodonb.kumeo.ports.kafka.making",
}


class Kind(NamedTuple):
    """A kind of sources and targets; each makes one of a declaration, or awaits it."""

    source: Callable[[Declared], Any] | None = None
    target: Callable[[Declared], Any] | None = None


_registered: dict[str, Kind] = {}


def register(
    name: str,
    *,
    source: Callable[[Declared], Any] | None = None,
    target: Callable[[Declared], Any] | None = None,
) -> None:
    """Make a kind known, for this process.

    Args:
        name: What it is called in a workflow, or the address of ``Custom(…)``.
        source: Makes a source of a declaration.
        target: Makes a target.
    """
    _registered[name] = Kind(source, target)


async def source(declared: Declared) -> Source:
    """Return a source, not opened yet.

    Raises:
        PortError: There is no such kind, or its declaration is wrong (KN821).
    """
    made = _kind(declared).source
    if made is None:
        raise declared.wrong(f"{declared.type} is no source", "take another type")
    found: Source = await _awaited(made(declared))
    return found


async def target(declared: Declared) -> Target:
    """Return a target, not opened yet.

    Raises:
        PortError: There is no such kind, or its declaration is wrong (KN821).
    """
    made = _kind(declared).target
    if made is None:
        raise declared.wrong(f"{declared.type} is no target", "take another type")
    for name in declared.options:
        if name in COMMON and declared.type in _MODULES:
            raise declared.wrong(f"`{name}` is an option of sources", "give it to the source")
    found: Target = await _awaited(made(declared))
    return found


async def _awaited(made: Any) -> Any:
    return await made if hasattr(made, "__await__") else made


def _kind(declared: Declared) -> Kind:
    name = declared.address if declared.type == "Custom" else declared.type
    if name in _registered:
        return _registered[name]
    if name in _MODULES:
        module = importlib.import_module(_MODULES[name])
        return Kind(getattr(module, "source", None), getattr(module, "target", None))
    for point in entry_points(group=GROUP, name=name):
        kind: Kind = point.load()
        return kind
    raise PortError(
        f"there is no source or target of type {name!r}",
        code="KN821",
        remedy=meant(name, {**_MODULES, **_registered}, f"register it as entry point of the group {GROUP}"),
    )
