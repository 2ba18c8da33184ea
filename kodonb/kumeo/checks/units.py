"""E182: durations, CPU and memory.

Quantities: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kodonb.kumeo.catalogue.roles import Role, parts, roles
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.diagnostics.diagnostic import Finding, finding
from kodonb.kumeo.outline.drafts import EndpointDraft
from kodonb.kumeo.outline.values import entries, is_missing
from kodonb.kumeo.syntax.tree import Constant, Lost, Number, Object, Ref, Text, Value
from kodonb.model.errors import UsageError
from kodonb.model.units import seconds

_CPU: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?m?\Z")
_MEMORY: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?\s?(?:[KkMGTPE]i?B?|m|B)?\Z")
_DURATIONS: Final = frozenset({Role.DURATION, Role.LIFETIME})
_QUANTITIES: Final = {
    "cpu": (_CPU, 'write e.g. 2, 0.5 or "500m"'),
    "memory": (_MEMORY, 'write e.g. "512Mi" or "2Gi"'),
}


def units(scene: Scene) -> Iterator[Finding]:
    """Yield durations and quantities that are none."""
    for agent in scene.draft.everyone:
        yield from _durations(agent.model, agent.arguments)
    for source in scene.draft.sources:
        if source.known is not None and source.known.name == "Timer":
            yield from _timer(source)
    for end in (*scene.draft.sources, *scene.draft.targets):
        for name in end.known.durations if end.known is not None else ():
            if name in end.options:
                yield from _duration(end.options[name])
    deployment = scene.draft.sections.get("deployment")
    if deployment is not None:
        yield from _quantities(entries(deployment.value).get("resources"))


def _timer(source: EndpointDraft) -> Iterator[Finding]:
    if is_missing(source.address):
        yield finding("E182", source.node, "the timer has no interval", 'write e.g. Timer("30s")')
    else:
        assert source.address is not None
        yield from _duration(source.address, positive=True)


def _durations(model: Any, arguments: dict[str, Value]) -> Iterator[Finding]:
    for name, role in roles(model).items():
        value = arguments.get(name)
        is_part = name in parts(model) and isinstance(value, Object)
        is_switch = role is Role.LIFETIME and isinstance(value, Constant)
        if value is not None and role in _DURATIONS and not (is_part or is_switch):
            yield from _duration(value)
    for name, part in parts(model).items():
        if isinstance(arguments.get(name), Object):
            yield from _durations(part, entries(arguments[name]))


def _duration(value: Value, *, positive: bool = False) -> Iterator[Finding]:
    if not _is_known(value):
        return
    said: Any = value.value if isinstance(value, Text | Number | Constant) else ""
    try:
        length = -1.0 if isinstance(said, bool) else seconds(said)
    except (UsageError, TypeError, AttributeError):
        length = -1.0
    if length < 0 or (positive and not length):
        yield finding(
            "E182", value, f"{_shown(value)} is no duration", 'write e.g. "500ms", "30s", "15m" or "24h"'
        )


def _quantities(resources: Value | None) -> Iterator[Finding]:
    """Check what is said of all agents, or of each by its id."""
    for name, value in entries(resources).items():
        if name in _QUANTITIES:
            yield from _quantity(name, value)
        elif isinstance(value, Object):
            yield from _quantities(value)


def _quantity(name: str, value: Value) -> Iterator[Finding]:
    if not _is_known(value):
        return
    pattern, remedy = _QUANTITIES[name]
    said = value.value if isinstance(value, Text | Number) else None
    if isinstance(said, bool) or said is None or not pattern.match(str(said)):
        yield finding("E182", value, f"{_shown(value)} is no amount of {name}", remedy)


def _is_known(value: Value) -> bool:
    """Whether a value is known from the text: it has no settings, and is no reference."""
    if isinstance(value, Lost | Ref) or (isinstance(value, Constant) and value.value is None):
        return False
    return not (isinstance(value, Text) and "${" in value.value)


def _shown(value: Value) -> str:
    return f"`{value.value}`" if isinstance(value, Text | Number | Constant) else "this"
