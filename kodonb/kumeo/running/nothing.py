"""What stands in place of a result that an agent does not have."""

from __future__ import annotations

from typing import Final


class Nothing:
    """No result.

    Args:
        state: Why: the agent was passed over, dropped the event, or failed.
    """

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state

    def __repr__(self) -> str:
        """Say why there is none."""
        return f"<{self.state}>"


SKIPPED: Final = Nothing("skipped")
"""The agent was passed over: its condition did not hold, or nothing came to it."""

DROPPED: Final = Nothing("dropped")
"""The agent ended the event's way on purpose."""

FAILED: Final = Nothing("failed")
"""The agent failed for good, or one did that it needs."""


def worst(found: list[Nothing]) -> Nothing:
    """Return what several agents without a result amount to for one that needs them all."""
    return FAILED if FAILED in found else DROPPED if DROPPED in found else SKIPPED
