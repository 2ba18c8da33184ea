"""Explanations for Jupyter's inspector (Shift-Tab, contextual help) in cells that begin with `%%kumeo`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class Inspector:
    """Answers what the kernel is asked about a place in a text; everything else it leaves to the kernel.

    Args:
        shell: The notebook.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._kernel: Any = getattr(shell, "kernel", None)

    def hang_in(self) -> None:
        """Be asked first. IPython has no way to say so, so it is put before the kernel's own method."""
        ask = getattr(self._kernel, "do_inspect", None)
        if ask is None:
            return

        def do_inspect(code: str, cursor_pos: int, *rest: Any, **more: Any) -> Any:
            said = _explained(code, cursor_pos) if code.lstrip().startswith("%%kumeo") else None
            return ask(code, cursor_pos, *rest, **more) if said is None else reply(said)

        self._kernel.do_inspect = do_inspect

    def take_out(self) -> None:
        """Leave the kernel as it was."""
        if "do_inspect" in getattr(self._kernel, "__dict__", {}):
            del self._kernel.do_inspect


def _explained(code: str, offset: int) -> str | None:
    from kodonb.magics.kumeo.offering import explained  # noqa: PLC0415 - loading the extension stays cheap

    return explained(code, offset)


def reply(said: str) -> dict[str, Any]:
    """Return the content of Jupyter's `inspect_reply`."""
    from kodonb.display.markdown import markdown  # noqa: PLC0415 - as above

    data = {"text/plain": said, "text/markdown": said, "text/html": markdown(said)} if said else {}
    return {"status": "ok", "found": bool(said), "data": data, "metadata": {}}
