"""Values that do not count the same: weighted means, sums and votes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.processing.methods import ALIASES
from kodonb.kumeo.agents.processing.statistics import is_number
from kodonb.kumeo.diagnostics.near import meant

Pairs = Iterable[tuple[Any, float]]


def _mean(pairs: Pairs) -> float | None:
    known = [(value, weight) for value, weight in pairs if is_number(value)]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _sum(pairs: Pairs) -> float | None:
    known = [value * weight for value, weight in pairs if is_number(value)]
    return sum(known) if known else None


def _vote(pairs: Pairs) -> Any:
    votes: dict[Any, float] = {}
    for value, weight in pairs:
        if isinstance(value, str | int | float):
            votes[value] = votes.get(value, 0.0) + weight
    return max(votes, key=votes.__getitem__) if votes else None


_METHODS: Final[dict[str, Callable[[Pairs], Any]]] = {"mean": _mean, "sum": _sum, "mode": _vote}


def weighted(method: object, weights: Mapping[str, float], where: str) -> Callable[[Pairs], Any]:
    """Return a method for values with weights.

    Raises:
        AgentError: There is none of that name, or a weight is none (KN802).
    """
    name = ALIASES.get(method.lower(), method.lower()) if isinstance(method, str) else ""
    if name not in _METHODS:
        raise declared_wrongly(
            f"`{method}` takes no weights", meant(name, ["mean", "sum", "vote"]), where=where
        )
    for part, weight in weights.items():
        if not is_number(weight) or weight < 0:
            raise declared_wrongly(
                f"the weight of `{part}` is none", "write weights: {a: 2, b: 1}", where=where
            )
    return _METHODS[name]
