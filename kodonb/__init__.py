"""kodonb: from notebook to running agentic service, without leaving the notebook.

Everything here is loaded when it is first used; importing this package starts nothing.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow, flow
    from kodonb.flows.future import Future, Futures
    from kodonb.flows.progress import progress
    from kodonb.flows.step import Step, step
    from kodonb.flows.verbs import (
        action,
        ask,
        ask_async,
        debug,
        display,
        emit,
        html,
        markdown,
        metric,
        result,
        text,
    )
    from kodonb.kumeo.agents import agent
    from kodonb.magics import load_ipython_extension, unload_ipython_extension
    from kodonb.model.errors import KodonbError
    from kodonb.model.event import Event
    from kodonb.session import attach, connect, disconnect, runs
    from kodonb.session.run import Run

_HOMES = {
    "kodonb.flows.flow": ("Flow", "flow"),
    "kodonb.flows.future": ("Future", "Futures"),
    "kodonb.flows.progress": ("progress",),
    "kodonb.flows.step": ("Step", "step"),
    "kodonb.flows.verbs": (
        "action",
        "ask",
        "ask_async",
        "debug",
        "display",
        "emit",
        "html",
        "markdown",
        "metric",
        "result",
        "text",
    ),
    "kodonb.kumeo.agents": ("agent",),
    "kodonb.magics": ("load_ipython_extension", "unload_ipython_extension"),
    "kodonb.model.errors": ("KodonbError",),
    "kodonb.model.event": ("Event",),
    "kodonb.session": ("attach", "connect", "disconnect", "runs"),
    "kodonb.session.run": ("Run",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Event",
    "Flow",
    "Future",
    "Futures",
    "KodonbError",
    "Run",
    "Step",
    "action",
    "agent",
    "ask",
    "ask_async",
    "attach",
    "connect",
    "debug",
    "disconnect",
    "display",
    "emit",
    "flow",
    "html",
    "load_ipython_extension",
    "markdown",
    "metric",
    "progress",
    "result",
    "runs",
    "step",
    "text",
    "unload_ipython_extension",
]


class _Package(ModuleType):
    """Lets `kodonb.display` be the verb, although a room has that name too.

    The import system binds every submodule in its package; here it must not take the verb's place.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOME_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel by name, as every module does; picklers know only plain ones."""
        return importlib.import_module, (__name__,)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'kodonb' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
