"""A metric's points, thinned so that a run may report for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

MAX_POINTS: Final = 2_000
"""Most points that are held of one metric."""


class Point(NamedTuple):
    """A value of a metric; `step` is its place on the horizontal axis, if the flow gave one."""

    at: datetime
    step: float | None
    value: float


@dataclass(slots=True)
class Series:
    """One metric.

    When it is full every second point is let go, and from then on only every second new one is held:
    what remains is spread evenly over all that was reported. `count`, `low`, `high` and `last` are exact.
    """

    name: str
    points: list[Point] = field(default_factory=list)
    count: int = 0
    low: float = float("inf")
    high: float = float("-inf")
    last: float = 0.0
    _stride: int = 1

    def add(self, point: Point) -> None:
        """Take a point."""
        if self.count % self._stride == 0:
            self.points.append(point)
            self._thin()
        self.count += 1
        self.last = point.value
        self.low, self.high = min(self.low, point.value), max(self.high, point.value)

    def _thin(self) -> None:
        if len(self.points) >= MAX_POINTS:
            del self.points[1::2]
            self._stride *= 2
