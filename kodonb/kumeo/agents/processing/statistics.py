"""What is known of the numbers that went by: mean and spread, bounds, the middle, what was frequent.

Mean and spread by Welford's method: B. P. Welford, Note on a method for calculating corrected sums of squares and
products, Technometrics 4 (1962).
"""

from __future__ import annotations

import bisect
import math
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final

RECENT: Final = 1_000
"""How many of the latest values a median is of."""

_DISTINCT: Final = 10_000
_WIDEST: Final = 10**300  # so that it is a fraction's size too


def is_number(value: Any) -> bool:
    """Whether a value is a number that one can calculate with."""
    kind = type(value)
    return (kind is float and math.isfinite(value)) or (kind is int and -_WIDEST < value < _WIDEST)


def quantile(ordered: Sequence[float], part: float) -> float | None:
    """Return the number below which a part of others lies; between two of them in proportion, of none nothing."""
    if not ordered:
        return None
    place = part * (len(ordered) - 1)
    below = int(place)
    if place == below:
        return ordered[below]
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


class Running:
    """Statistics that grow with each number.

    Attributes:
        count: How many there were.
        mean: Their mean; 0 for none.
        least: The smallest.
        most: The largest.
    """

    __slots__ = ("_squares", "count", "least", "mean", "most")

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self._squares = 0.0
        self.least = math.inf
        self.most = -math.inf

    def add(self, value: float) -> None:
        """Take note of a number."""
        value = float(value)
        self.count += 1
        off = value - self.mean
        self.mean += off / self.count
        self._squares += off * (value - self.mean)
        self.least = min(self.least, value)
        self.most = max(self.most, value)

    @property
    def variance(self) -> float:
        """Variance of all numbers; 0 for less than two."""
        return self._squares / self.count if self.count > 1 else 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation of all numbers."""
        return math.sqrt(max(self.variance, 0.0))


class Latest:
    """The latest numbers, kept in order for what lies in the middle of them."""

    __slots__ = ("_ordered", "_values")

    def __init__(self) -> None:
        self._values: deque[float] = deque()
        self._ordered: list[float] = []

    def add(self, value: float) -> None:
        """Take note of a number."""
        value = float(value)
        if len(self._values) == RECENT:
            del self._ordered[bisect.bisect_left(self._ordered, self._values.popleft())]
        self._values.append(value)
        bisect.insort(self._ordered, value)

    def median(self) -> float | None:
        """Return the one in the middle; nothing if there is none."""
        return quantile(self._ordered, 0.5)

    def quartiles(self) -> tuple[float, float, float] | None:
        """Return the quartiles; nothing if there is no number."""
        low, middle, high = (quantile(self._ordered, part) for part in (0.25, 0.5, 0.75))
        return None if low is None or middle is None or high is None else (low, middle, high)


class Frequent:
    """How often each value went by; of very many different ones, only the first 10,000 count."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: Counter[Any] = Counter()

    def add(self, value: Any) -> None:
        """Take note of a text, a number, or a truth value."""
        if isinstance(value, str | int | float) and (value in self._counts or len(self._counts) < _DISTINCT):
            self._counts[value] += 1

    def mode(self) -> Any:
        """Return the most frequent one; nothing if there is none."""
        return max(self._counts, key=self._counts.__getitem__) if self._counts else None
