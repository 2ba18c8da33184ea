"""A flow for a marimo notebook."""

from __future__ import annotations

from pydantic import BaseModel

import kodonb as kb


class Verdict(BaseModel):
    """What becomes of it."""

    accept: bool
    score: int


@kb.flow
def review() -> int:
    """Ask a person."""
    return kb.ask(Verdict, "Is the draft good enough?").score
