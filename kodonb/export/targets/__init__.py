"""The kinds of exports, found by the entry points of ``kodonb.targets``; each adds to the one before.

script · module ← serve ← image ← k8s
"""

from __future__ import annotations

import difflib
from importlib.metadata import entry_points

from kodonb.export.service import Target
from kodonb.model.errors import ServiceError

GROUP = "kodonb.targets"
"""Where a distribution enters a target of its own: name -> ``module:object`` of a `Target`."""


def names() -> list[str]:
    """Return the names of all targets."""
    return sorted(entry_points(group=GROUP).names)


def find(name: str) -> Target:
    """Return a target.

    Raises:
        ServiceError: There is none of that name (KN704).
    """
    known = entry_points(group=GROUP)
    if name not in known.names:
        near = difflib.get_close_matches(name, known.names, n=1)
        raise ServiceError(
            f"there is no export target {name!r}",
            code="KN704",
            where="--target",
            remedy=f"did you mean {near[0]}?" if near else f"there are: {', '.join(names())}",
        )
    target: Target = known[name].load()
    return target
