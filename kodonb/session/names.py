"""Names of captured modules, found again in the namespace they were captured from."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from kodonb.capture import load
from kodonb.events.log import EventReader
from kodonb.model.module import PREFIX, Module

_captured_from: dict[str, dict[str, Any]] = {}


def remember(module: Module, namespace: dict[str, Any]) -> None:
    """Remember where a module was captured, so that its results are objects of the classes defined there."""
    _captured_from[module.name] = namespace


def finder(log: EventReader) -> Callable[[str, str], Any]:
    """Return what finds a class of a captured module: where it was captured, or else in the module itself."""

    def find(module: str, name: str) -> Any:
        if not module.startswith(PREFIX):
            raise LookupError(module)
        namespace = _captured_from.get(module, {})
        first, *rest = name.split(".")
        if first not in namespace:
            namespace = vars(load(log.module(module.removeprefix(PREFIX))))
        return functools.reduce(getattr, rest, namespace[first])

    return find
