"""Short facts about runs that text and HTML both tell."""

from __future__ import annotations

from typing import Final

from kodonb.display.format import amount, clean, plural
from kodonb.display.theme import look
from kodonb.display.view import RunView

_SHORT: Final = 10
_STATES: Final = ("running", "submitted", "finished", "replayed", "cached", "error", "cancelled")


def short(run: str) -> str:
    """Return the beginning of a run's id, long enough to name it and short enough to read."""
    return clean(run)[:_SHORT]


def step_facts(view: RunView) -> str:
    """Return how many steps there are in each state, e.g. ``30 steps: 1 running, 29 finished``."""
    counts = view.step_counts
    states = [f"{amount(counts[state])} {look(state).word}" for state in _STATES if state in counts]
    return f"{plural(sum(counts.values()), 'step')}: {', '.join(states)}" if states else ""
