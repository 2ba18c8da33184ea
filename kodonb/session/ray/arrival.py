"""What happens in every worker process of an instance's cluster before its first task.

Captured modules become importable by name, because unpickling an argument may ask for a class of one before any
code of ours runs, and the user's own Ray tasks and actors carry the run they belong to. Imports stay light: this runs
in every worker.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

HOOK: Final = "kodonb.session.ray.arrival.arrive"
"""Name of the hook for Ray."""

HOOK_VARIABLE: Final = "__RAY_WORKER_PROCESS_SETUP_HOOK_ENV_VAR"
"""Environment variable through which Ray runs a hook in each worker without giving it a runtime environment."""

_PREFIX: Final = "kodonb_flow_"


class _Captured(MetaPathFinder, Loader):
    """Imports ``kodonb_flow_<hash>``, fetched from the spooler."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Claim the names of captured modules."""
        del path, target
        return ModuleSpec(name, self) if name.startswith(_PREFIX) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Fetch and load the module."""
        from kodonb.capture import load  # noqa: PLC0415 - most workers never need it
        from kodonb.session.ray.place import place  # noqa: PLC0415

        return load(place().module(spec.name.removeprefix(_PREFIX)))

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: the module was executed when it was created."""
        del module


def arrive() -> None:
    """Prepare this process, once."""
    if any(isinstance(finder, _Captured) for finder in sys.meta_path):
        return
    from kodonb.session.ray.children import patch  # noqa: PLC0415 - needs Ray, which is loaded in a worker

    sys.meta_path.append(_Captured())
    patch()
