"""What a deployment would change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kodonb.export.deploy.record import Version


def differences(old: Version | None, new: Version) -> Iterator[str]:
    """Yield a line for each difference: ``+`` what comes, ``-`` what goes, ``~`` what changes."""
    if old is None:
        yield f"+ version {new.full}"
        yield f"+ route {new.route}"
        yield from (f"+ {name}" for name in sorted(new.files))
        yield from (f"+ option {name} {value}" for name, value in _flat(new.options))
        yield from (f"+ environment {name}" for name in sorted(new.env))
        return
    if old.label != new.label:
        yield f"~ version {old.label} -> {new.label}"
    if old.route != new.route:
        yield f"~ route {old.route} -> {new.route}"
    yield from _compared("", old.files, new.files)
    yield from _compared("option ", dict(_flat(old.options)), dict(_flat(new.options)), shown=True)
    yield from _compared("environment ", old.env, new.env)
    if old.replica != new.replica and old.code == new.code and old.env == new.env:
        yield "~ kodonb"


def _compared(
    what: str, old: Mapping[str, Any], new: Mapping[str, Any], *, shown: bool = False
) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in old:
            yield f"+ {what}{name}" + (f" {new[name]}" if shown else "")
        elif name not in new:
            yield f"- {what}{name}" + (f" {old[name]}" if shown else "")
        elif old[name] != new[name]:
            yield f"~ {what}{name}" + (f" {old[name]} -> {new[name]}" if shown else "")


def _flat(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield options below options under dotted names."""
    for name, value in options.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value
