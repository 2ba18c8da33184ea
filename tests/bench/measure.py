"""What a benchmark says: a number, its baseline of the same run, and what was to be reached."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Timed = Callable[[], float]
"""Does something once and returns the seconds it took."""

_UNITS = {
    "s": (1.0, "s"),
    "ms": (1e3, "ms"),
    "µs": (1e6, "µs"),
    "/s": (1.0, "/s"),
    "%": (100.0, "%"),
    "x": (1.0, "x"),
    "events": (1.0, "events"),
    "MB": (1.0, "MB"),
}


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One row of the table.

    Attributes:
        name: What is measured.
        value: The number: seconds, events per second, or share of a core.
        unit: How it is shown, one of `s ms µs /s % x events MB`.
        beside: What the baseline is.
        baseline: The number of the baseline, in the same unit.
        at_most: Highest value that counts as reached.
        at_least: Lowest value that counts as reached.
        ratio_at_most: Highest ratio to the baseline that counts as reached.
        ratio_at_least: Lowest ratio to the baseline that counts as reached.
    """

    name: str
    value: float
    unit: str
    beside: str = ""
    baseline: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    ratio_at_most: float | None = None
    ratio_at_least: float | None = None

    @property
    def ratio(self) -> float | None:
        """The value in units of the baseline."""
        return self.value / self.baseline if self.baseline else None

    @property
    def reached(self) -> bool | None:
        """Whether all that was to be reached is; `None` for a row that only informs."""
        ratio = 0.0 if self.ratio is None else self.ratio
        checks = (
            (self.at_most, self.value, -1),
            (self.at_least, self.value, 1),
            (self.ratio_at_most, ratio, -1),
            (self.ratio_at_least, ratio, 1),
        )
        told = [(found - bound) * sign >= 0 for bound, found, sign in checks if bound is not None]
        return all(told) if told else None

    @property
    def reach(self) -> str:
        """What was to be reached, as text."""
        bounds = (
            ("≤", self.at_most, self.unit),
            ("≥", self.at_least, self.unit),
            ("≤", self.ratio_at_most, "x"),
            ("≥", self.ratio_at_least, "x"),
        )
        return ", ".join(f"{sign} {shown(bound, unit)}" for sign, bound, unit in bounds if bound is not None)


def shown(value: float | None, unit: str) -> str:
    """Return a number as people read it, with its unit."""
    if value is None:
        return ""
    factor, name = _UNITS[unit]
    scaled = value * factor
    digits = 0 if abs(scaled) >= 100 else 1 if abs(scaled) >= 10 else 2
    return f"{scaled:,.{digits}f} {name}"


def median(timed: Timed, rounds: int) -> float:
    """Return the median of several rounds."""
    return statistics.median(timed() for _ in range(rounds))


def medians(*timed: Timed, rounds: int) -> list[float]:
    """Return a median each of several things done in turn, so that all of them meet the same machine."""
    found = [[one() for one in timed] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*found, strict=True)]


def seconds(do: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def percentile(values: list[float], share: float) -> float:
    """Return the value below which a share of the values lies (nearest rank)."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
