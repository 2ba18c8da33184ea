"""The flows known in this process."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, TypeVar

from kodonb.model.errors import UsageError
from kodonb.model.module import PREFIX

if TYPE_CHECKING:
    from kodonb.flows.flow import Flow

_F = TypeVar("_F", bound="Flow[..., Any]")
_flows: dict[str, Flow[..., Any]] = {}


def enter(flow: _F) -> _F:
    """Make a flow known under its name; a later one of the same name replaces it.

    What a captured module defines anew when a run loads it is not what the user defined.
    """
    if not flow.function.__module__.startswith(PREFIX):
        _flows[flow.name] = flow
    return flow


def flows() -> dict[str, Flow[..., Any]]:
    """Return the known flows by name, sorted."""
    return dict(sorted(_flows.items()))


def find(name: str) -> Flow[..., Any]:
    """Return a flow by its name.

    Raises:
        UsageError: None has that name (KN002).
    """
    if name in _flows:
        return _flows[name]
    near = difflib.get_close_matches(name, _flows, n=1)
    known = ", ".join(sorted(_flows)) or "none yet; define one with %%flow or @kodonb.flow"
    raise UsageError(
        f"no flow named {name!r}",
        code="KN002",
        remedy=f"did you mean {near[0]!r}?" if near else f"known flows: {known}",
    )
