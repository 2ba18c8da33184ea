"""What a model's outputs mean: a prediction, probabilities, a score, and whether it passes a threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

_LABELS: Final = frozenset({"label", "output_label", "prediction", "predictions", "class", "variable"})
_PROBABILITIES: Final = frozenset({"probabilities", "output_probability", "probability", "scores_by_class"})
_SCORES: Final = frozenset({"score", "scores"})


class Reading(NamedTuple):
    """How outputs are read.

    Attributes:
        labels: Names of the classes.
        positive: Class whose probability is the score; the second of two, else the likeliest.
        threshold: Score from which on the answer is yes.
    """

    labels: Sequence[str] = ()
    positive: str | None = None
    threshold: float | None = None

    def read(self, outputs: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``{prediction, probabilities, score, positive}`` as far as outputs tell, and all others by name."""
        found: dict[str, Any] = {}
        for name, value in outputs.items():
            key = name.lower()
            if key in _LABELS:
                found["prediction"] = self._label(value)
            elif key in _PROBABILITIES:
                found["probabilities"] = self._by_class(value)
            elif key in _SCORES:
                found["score"] = _only(value)
            else:
                found[name] = _only(value)
        self._complete(found, len(outputs))
        return found

    def _label(self, value: Any) -> Any:
        value = _only(value)
        if self.labels and type(value) is int and 0 <= value < len(self.labels):
            return self.labels[value]
        return value

    def _by_class(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            names = {str(key): each for key, each in value.items()}
            if self.labels and all(name.isdigit() and int(name) < len(self.labels) for name in names):
                return {self.labels[int(name)]: each for name, each in names.items()}
            return names
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], Mapping | list):
            return self._by_class(value[0])
        if isinstance(value, list):
            names_of = (
                self.labels if len(self.labels) == len(value) else [str(at) for at in range(len(value))]
            )
            return dict(zip(names_of, value, strict=True))
        return value

    def _complete(self, found: dict[str, Any], outputs: int) -> None:
        if outputs == 1 and not {"prediction", "probabilities", "score"} & set(found):
            [name] = found
            self._of_one(found, found.pop(name))
        probabilities = found.get("probabilities")
        if isinstance(probabilities, dict) and probabilities and None not in probabilities.values():
            likeliest = max(probabilities, key=lambda name: probabilities[name])
            found.setdefault("prediction", likeliest)
            found.setdefault("score", self._score(probabilities, likeliest))
        score = found.get("score", found.get("prediction"))
        if self.threshold is not None and isinstance(score, int | float):
            found["score"] = score
            found["positive"] = bool(score >= self.threshold)

    def _of_one(self, found: dict[str, Any], value: Any) -> None:
        """Read the only output of a model by its form: a number, or one for each class."""
        if self.labels and isinstance(value, list) and len(value) == len(self.labels):
            found["probabilities"] = self._by_class(value)
        else:
            found["prediction"] = self._label(value)

    def _score(self, probabilities: Mapping[str, float], likeliest: str) -> float:
        if self.positive is not None and self.positive in probabilities:
            return probabilities[self.positive]
        return list(probabilities.values())[1] if len(probabilities) == 2 else probabilities[likeliest]


def _only(value: Any) -> Any:
    """Return the only element of a list that has but one."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def plain(value: Any) -> Any:
    """Return a value of numpy or torch as JSON has it; what is no number is null."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
