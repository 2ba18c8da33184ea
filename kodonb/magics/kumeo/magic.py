"""Brings `%kumeo` and `%%kumeo` into a notebook."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import no_var_expand

from kodonb.magics.kumeo import manual
from kodonb.magics.kumeo.grammar import DEFINE
from kodonb.magics.parse import parse, words

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

Placed = Callable[[str], AbstractContextManager[None]]


class KumeoMagics:
    """The magics for workflows of one notebook.

    Args:
        shell: The notebook.
        placed: Says in every error within it where it was typed.
        raw: Returns the cell that is executed, as it was typed.
    """

    def __init__(self, shell: InteractiveShell, placed: Placed, raw: Callable[[], str]) -> None:
        self._shell = shell
        self._placed = placed
        self._raw = raw
        self._inspector: Any = None

    def load(self) -> None:
        """Register the magics, and explanations."""
        self._register("line", self._line, manual.overview())
        self._register("cell", self._cell, manual.definition())
        if hasattr(self._shell, "kernel"):
            from kodonb.magics.kumeo.hovering import Inspector  # noqa: PLC0415 - for kernels only

            self._inspector = Inspector(self._shell)
            self._inspector.hang_in()

    def _register(self, kind: str, method: Callable[..., None], doc: str) -> None:
        def kumeo(*args: Any) -> None:
            method(*args)

        kumeo.__doc__ = doc
        # Braces and dollars mean objects here, not text that IPython puts into the line.
        self._shell.register_magic_function(no_var_expand(kumeo), kind, "kumeo")  # type: ignore[arg-type]

    def unload(self) -> None:
        """Take everything back."""
        for kind in ("line", "cell"):
            self._shell.magics_manager.magics[kind].pop("kumeo", None)
        if self._inspector is not None:
            self._inspector.take_out()

    def _line(self, line: str) -> None:
        with self._placed("%kumeo"):
            name, *rest = words(line) or ["help"]
            command = manual.command("help" if name in {"-h", "--help"} else name)
        with self._placed(command.prog):
            asked = parse(command, rest)
            if asked.help:
                return _print(manual.of_command(command))
            from kodonb.magics.kumeo.commands import PERFORM  # noqa: PLC0415 - loading the extension stays cheap

            return PERFORM[command.name](self._shell, asked)

    def _cell(self, line: str, cell: str) -> None:
        with self._placed("%%kumeo"):
            asked = parse(DEFINE, words(line))
            if asked.help:
                return _print(manual.definition())
            return self._define(line, cell, asked.values)

    def _define(self, line: str, cell: str, given: dict[str, Any]) -> None:
        from kodonb.magics.cell import body_of  # noqa: PLC0415 - loading the extension stays cheap
        from kodonb.magics.kumeo.defining import define  # noqa: PLC0415
        from kodonb.magics.kumeo.texts import Written  # noqa: PLC0415

        options = {("tags" if key == "tag" else key): value for key, value in given.items() if key != "name"}
        if "tags" in options:
            options["tags"] = ("kumeo", *options["tags"])
        body = body_of(line, cell, self._raw(), "%%kumeo")
        label = f"Cell In[{self._shell.displayhook.prompt_count}]"
        define(self._shell, Written(cell, label, str(Path.cwd()), body.offset), given.get("name"), **options)


def _print(text: str) -> None:
    from kodonb.magics.output import say  # noqa: PLC0415 - loading the extension stays cheap

    say(text)
