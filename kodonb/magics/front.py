"""Whether somebody looks at what a cell shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kodonb.model.settings import settings

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def replaces(shell: InteractiveShell) -> bool:
    """Whether outputs of a cell can be replaced, as in every notebook and in no terminal."""
    return getattr(shell, "kernel", None) is not None


def looks(shell: InteractiveShell) -> bool:
    """Whether a front end can show live views.

    Those with people in front of them say which cell they have executed; tools that execute notebooks do not. Views are
    never the same twice, so there are none where outputs are to be compared, unless they are wanted explicitly.
    """
    told = settings()
    wanted = "off" if told.steady and told.widgets == "auto" else told.widgets
    if wanted == "off" or not replaces(shell):
        return False
    return _built() and (wanted == "on" or bool(_parent(shell)))


def _built() -> bool:
    from kodonb.widgets import built  # noqa: PLC0415 - widgets are loaded where they can be shown

    return built()


def _parent(shell: InteractiveShell) -> object:
    asked: dict[str, object] = getattr(shell, "get_parent", dict)() or {}
    return asked.get("metadata")
