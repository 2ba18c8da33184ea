"""The flows that are measured."""

from __future__ import annotations

import time
from pathlib import Path

from pydantic import BaseModel

import kodonb as kb

PAD = "x" * 163
"""Makes a payload of 200 bytes of JSON, with the clock beside it."""


class Go(BaseModel):
    """The answer that is never given."""

    go: bool


@kb.flow
def nothing() -> int:
    """Do nothing."""
    return 1


@kb.flow
def park() -> bool:
    """Wait for an answer."""
    return kb.ask(Go, "go?").go


@kb.flow
def tick(seconds: float, rate: int) -> int:
    """Emit at a steady rate; each event carries the clock at its emission."""
    count = int(seconds * rate)
    began = time.monotonic()
    for number in range(count):
        ahead = began + number / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        kb.emit("debug", {"at": time.monotonic_ns(), "pad": PAD})
    return count


@kb.flow
def burst(count: int, gate: str) -> int:
    """Emit as fast as possible once the gate is open."""
    while not Path(gate).exists():
        time.sleep(0.005)
    for _ in range(count):
        kb.emit("debug", {"at": time.monotonic_ns(), "pad": PAD})
    return count
