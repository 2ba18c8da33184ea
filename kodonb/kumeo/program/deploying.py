"""The records of models, data, monitoring and deployment."""

from __future__ import annotations

from collections.abc import Iterator

from kodonb.kumeo.outline.values import entries, is_missing, listed
from kodonb.kumeo.program.making import all_made, made, said
from kodonb.kumeo.program.records import Alert, Data, Deployment, Model, Monitor, Resources
from kodonb.kumeo.references.scope import Scope
from kodonb.kumeo.syntax.tree import Object, Value

_OCCUPIED = ("cpu", "memory", "gpu", "image")
_COUNTS = ("min_replicas", "max_replicas")
_OBJECTS = ("scaling", "resources")


def model(value: Value, scope: Scope) -> Model:
    """Return a model; a text alone is its file."""
    inside, known = entries(value), ("file", "type", "version", "description")
    if not isinstance(value, Object):
        return Model(file=said(value))
    more = all_made(inside, scope, known)
    return Model(**{name: said(inside.get(name)) for name in known}, more=more)


def data(value: Value, scope: Scope) -> Data:
    """Return a file with data; a text alone is that file."""
    inside = entries(value)
    if not isinstance(value, Object):
        return Data(file=said(value))
    more = all_made(inside, scope, ("file", "description"))
    return Data(file=said(inside.get("file")), description=said(inside.get("description")), more=more)


def monitor(value: Value | None, scope: Scope) -> Monitor | None:
    """Return what is watched."""
    if value is None:
        return None
    inside = entries(value)
    metrics = inside.get("metrics")
    return Monitor(
        metrics=[made(each, scope) for each in listed(metrics)] if metrics is not None else [],
        dashboard=made(inside.get("dashboard"), scope),
        alerts=tuple(_alerts(inside.get("alerts"), scope)),
        more=all_made(inside, scope, ("metrics", "dashboard", "alerts")),
    )


def _alerts(value: Value | None, scope: Scope) -> Iterator[Alert]:
    """Yield alerts: of an object with conditions as keys, or of a list of objects."""
    if isinstance(value, Object):
        yield from (Alert(condition=pair.name, channel=made(pair.value, scope)) for pair in value.pairs)
    elif value is not None:
        for each in listed(value):
            inside = entries(each)
            yield Alert(condition=said(inside.get("condition")), channel=made(inside.get("channel"), scope))


def deployment(value: Value | None, scope: Scope) -> Deployment | None:
    """Return where and how a workflow runs."""
    if value is None:
        return None
    inside = entries(value)
    scaling = entries(inside.get("scaling"))
    plain = {name: made(inside.get(name), scope) for name in ("registry", "base_images", "storage")}
    counts = {name: made(scaling.get(name), scope) for name in _COUNTS}
    no_objects = [
        name for name in _OBJECTS if not is_missing(inside.get(name)) and not isinstance(inside[name], Object)
    ]
    known = (*plain, *(name for name in _OBJECTS if name not in no_objects))
    more = {f"scaling.{name}": each for name, each in all_made(scaling, scope, _COUNTS).items()}
    return Deployment(
        **plain,
        **counts,
        resources=dict(_resources(inside.get("resources"), scope)),
        more=all_made(inside, scope, known) | more,
    )


def _resources(value: Value | None, scope: Scope) -> Iterator[tuple[str, Resources]]:
    """Yield what agents may occupy; what is said of none by name is said of all."""
    inside = entries(value)
    common: dict[str, Value] = {name: each for name, each in inside.items() if not isinstance(each, Object)}
    if common:
        yield "default", _occupied(common, scope)
    for name, each in inside.items():
        if isinstance(each, Object):
            yield name, _occupied(entries(each), scope)


def _occupied(inside: dict[str, Value], scope: Scope) -> Resources:
    known = {name: made(inside.get(name), scope) for name in _OCCUPIED}
    return Resources(**known, more=all_made(inside, scope, _OCCUPIED))
