"""A metric's course in the height of a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kodonb.display.format import amount
from kodonb.display.series import Series
from kodonb.display.svg import esc, num

_WIDTH: Final = 150.0
_HEIGHT: Final = 26.0
_EDGE: Final = 3.0
_POINTS: Final = 75


def sparkline(series: Series) -> str:
    """Return a metric's course as a small picture."""
    values = _few([point.value for point in series.points] + [series.last])
    low, high = min(values), max(values)
    step = (_WIDTH - 2 * _EDGE) / max(1, len(values) - 1)
    places = [(_EDGE + index * step, _y(value, low, high)) for index, value in enumerate(values)]
    path = "L".join(f"{num(x)} {num(y)}" for x, y in places)
    told = f"{series.name}: {amount(series.count)} values from {amount(series.low)} to {amount(series.high)}"
    return (
        f'<svg class="kn-spark" role="img" width="{num(_WIDTH)}" height="{num(_HEIGHT)}" '
        f'viewBox="0 0 {num(_WIDTH)} {num(_HEIGHT)}"><title>{esc(told)}, last {amount(series.last)}</title>'
        f'<path d="M{path}"/><circle cx="{num(places[-1][0])}" cy="{num(places[-1][1])}" r="2.4"/></svg>'
    )


def _y(value: float, low: float, high: float) -> float:
    # Halves first: the range of two very large numbers is not a number any more.
    span = high / 2 - low / 2
    share = (value / 2 - low / 2) / span if span else 0.5
    return _HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * share


def _few(values: Sequence[float]) -> Sequence[float]:
    if len(values) <= _POINTS:
        return values
    return [values[round(index * (len(values) - 1) / (_POINTS - 1))] for index in range(_POINTS)]
