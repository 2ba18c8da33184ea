"""Agents that are modules of other languages."""

from __future__ import annotations

from typing import ClassVar

from kodonb.kumeo.catalogue.arguments import Arguments, Needs
from kodonb.kumeo.catalogue.roles import Duration


class WebAssembly(Arguments):
    """A module of WebAssembly that takes JSON and returns JSON, shut in. Further arguments are given to the module."""

    needs: ClassVar[Needs] = (("module",),)
    positional: ClassVar[tuple[str, ...]] = ("module",)

    module: str | None = None
    """The module: a `.wasm` or `.wat` file, or a name under `models`."""
    fuel: int = 200_000_000
    """How many instructions it may execute for a message."""
    memory: int | str = "64MiB"
    """How much memory it may have."""
    patience: Duration = "5s"
    """How long it may take for a message."""
