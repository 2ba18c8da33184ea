"""What the command's exit code says."""

from __future__ import annotations

from typing import Final

from kodonb.model.errors import (
    CaptureError,
    FlowError,
    KodonbError,
    SessionError,
    StoreError,
    UsageError,
)

OK: Final = 0
FAILED: Final = 1
USAGE: Final = 2
LATE: Final = 3
UNREACHABLE: Final = 4
INTERRUPTED: Final = 130
UNHEARD: Final = 141
"""Whoever read the output has gone; 128 + SIGPIPE, as shells have it."""


def exit_code(error: KodonbError) -> int:
    """Return the exit code that an error ends the command with."""
    if error.code == "KN303":
        return LATE
    if isinstance(error, UsageError | CaptureError | FlowError):
        return USAGE
    if isinstance(error, SessionError | StoreError):
        return UNREACHABLE
    return FAILED
