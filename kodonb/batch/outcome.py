"""What became of a notebook."""

from __future__ import annotations

from typing import Any

import msgspec


class RunOutcome(msgspec.Struct, kw_only=True):
    """A run that a cell started.

    Attributes:
        run: Its id.
        flow: Name of its flow.
        cell: Number of the code cell, from 1.
        status: Its last known status.
        reason: Why it failed.
    """

    run: str
    flow: str
    cell: int
    status: str = "starting"
    reason: str = ""


class CellOutcome(msgspec.Struct, kw_only=True):
    """A code cell that was executed.

    Attributes:
        number: Its number among the code cells, from 1.
        id: Its id in the notebook.
        title: Its first line.
        seconds: How long it took.
        error: Why it failed; empty if it did not.
    """

    number: int
    id: str
    title: str
    seconds: float
    error: str = ""


class Outcome(msgspec.Struct, kw_only=True):
    """What became of a notebook.

    Attributes:
        notebook: Path of the notebook.
        output: Path of the executed notebook; empty if none was written.
        status: ``ok``, ``failed``, ``late`` or ``interrupted``; ``unfinished`` while it is executed.
        cells: The code cells that were executed, in their order.
        total: How many code cells there are to execute.
        runs: Runs that they started.
        seconds: How long all of it took.
        parameters: Values given, as text.
        warnings: What should be told, and hinders nothing.
        error: The error that ended it, as `code`, `message`, `where`, `remedy`.
    """

    notebook: str
    output: str = ""
    status: str = "unfinished"
    cells: list[CellOutcome] = []
    total: int = 0
    runs: list[RunOutcome] = []
    seconds: float = 0.0
    parameters: dict[str, str] = {}
    warnings: list[str] = []
    error: dict[str, Any] | None = None
