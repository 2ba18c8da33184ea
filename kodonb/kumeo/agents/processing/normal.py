"""Ways to bring numbers to one scale: from bounds and means that are given, or that the numbers so far have."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.agents.processing.statistics import Latest, Running, is_number
from kodonb.kumeo.diagnostics.near import meant

Change = Callable[[Any], Any]


class Scale(Record):
    """How one field is brought to scale; what is not given is learnt from the values that go by.

    Attributes:
        method: ``min_max``, ``z_score``, ``robust``, ``max_abs``, ``log``, ``log1p``, ``clip`` or ``none``.
        min: Least value.
        max: Largest value.
        mean: Mean.
        std: Standard deviation.
        median: Median.
        iqr: Distance between the quartiles.
        low: Least result, of ``min_max``.
        high: Largest result, of ``min_max``.
    """

    method: str
    min: float | None = None
    max: float | None = None
    mean: float | None = None
    std: float | None = None
    median: float | None = None
    iqr: float | None = None
    low: float = 0.0
    high: float = 1.0


ALIASES: Final = {
    "minmax": "min_max", "min-max": "min_max", "range": "min_max",
    "zscore": "z_score", "z-score": "z_score", "standard": "z_score", "standardize": "z_score",
    "maxabs": "max_abs", "max-abs": "max_abs",
}  # fmt: skip
"""Other names of methods."""


def _min_max(scale: Scale) -> Change:
    low, width = scale.low, scale.high - scale.low
    if scale.min is not None and scale.max is not None:
        least, span = scale.min, scale.max - scale.min
        return lambda value: low + width * (value - least) / span if span else low
    seen = Running()

    def change(value: Any) -> float:
        seen.add(value)
        least = seen.least if scale.min is None else scale.min
        span = (seen.most if scale.max is None else scale.max) - least
        return low + width * (value - least) / span if span > 0 else low

    return change


def _z_score(scale: Scale) -> Change:
    mean, std = scale.mean, scale.std
    if mean is not None and std is not None:
        return lambda value: (value - mean) / std if std else 0.0
    seen = Running()

    def change(value: Any) -> float:
        seen.add(value)
        spread = seen.deviation if std is None else std
        return (value - (seen.mean if mean is None else mean)) / spread if spread else 0.0

    return change


def _robust(scale: Scale) -> Change:
    middle, range_ = scale.median, scale.iqr
    if middle is not None and range_ is not None:
        return lambda value: (value - middle) / range_ if range_ else 0.0
    seen = Latest()

    def change(value: Any) -> float:
        seen.add(value)
        low, median, high = seen.quartiles() or (value, value, value)
        span = high - low if range_ is None else range_
        return (value - (median if middle is None else middle)) / span if span else 0.0

    return change


def _max_abs(scale: Scale) -> Change:
    if scale.max is not None:
        most = abs(scale.max)
        return lambda value: value / most if most else 0.0
    seen = Running()

    def change(value: Any) -> float:
        seen.add(abs(value))
        return value / seen.most if seen.most else 0.0

    return change


def _log(_: Scale) -> Change:
    return lambda value: math.log(value) if value > 0 else None


def _log1p(_: Scale) -> Change:
    return lambda value: math.log1p(value) if value > -1 else None


def _clip(scale: Scale) -> Change:
    least = -math.inf if scale.min is None else scale.min
    most = math.inf if scale.max is None else scale.max
    return lambda value: min(max(value, least), most)


METHODS: Final[dict[str, Callable[[Scale], Change]]] = {
    "min_max": _min_max,
    "z_score": _z_score,
    "robust": _robust,
    "max_abs": _max_abs,
    "log": _log,
    "log1p": _log1p,
    "clip": _clip,
    "none": lambda _: lambda value: value,
}
"""Methods for one field, by name."""


def norm(values: list[float], name: str) -> float:
    """Return the length of a row of numbers: ``l1``, ``l2`` or ``max``."""
    if name == "l1":
        return sum(abs(value) for value in values)
    return math.hypot(*values) if name == "l2" else max(map(abs, values), default=0.0)


def change(scale: Scale, where: str) -> Change:
    """Return what a method does with a value; what is no number stays as it is.

    Raises:
        AgentError: There is no such method (KN802).
    """
    name = ALIASES.get(scale.method.lower(), scale.method.lower())
    if name not in METHODS:
        raise declared_wrongly(f"there is no method `{scale.method}`", meant(name, METHODS), where=where)
    calculate = METHODS[name](scale)

    def changed(value: Any) -> Any:
        if not is_number(value):
            return value
        try:
            return calculate(value)
        except OverflowError:  # a whole number of hundreds of digits
            return None

    return changed
