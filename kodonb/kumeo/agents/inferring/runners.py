"""What runs a model, by its declared type or the ending of its file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.inferring.fitted import Fitted
from kodonb.kumeo.agents.inferring.onnx import Onnx
from kodonb.kumeo.agents.inferring.traced import Traced
from kodonb.kumeo.agents.sections import Model
from kodonb.kumeo.diagnostics.near import meant

_ENDINGS: Final = {
    ".onnx": "onnx", ".pkl": "sklearn", ".pickle": "sklearn", ".joblib": "sklearn", ".pt": "pytorch", ".pth": "pytorch",
    ".ts": "pytorch", ".pt2": "pytorch", ".bif": "bayesian", ".xml": "bayesian", ".xmlbif": "bayesian",
    ".bifxml": "bayesian", ".bn": "bayesian", ".json": "rules_engine", ".py": "python",
}  # fmt: skip
_NAMES: Final = {"scikit-learn": "sklearn", "joblib": "sklearn", "pickle": "sklearn", "torch": "pytorch"}


class Runner(Protocol):
    """A loaded model.

    Attributes:
        names: Names of its features, if it has any for them.
        width: How many features it takes; `None` if it does not say.
        inputs: Names of its inputs, if it has several, or one that is no row of features.
        row: Whether it takes a row of features.
        several: Whether it takes several rows at once.
    """

    names: tuple[str, ...]
    width: int | None
    inputs: tuple[str, ...]
    row: bool
    several: bool

    def predict(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return outputs by name, for each row."""


def kind_of(model: Model, where: str) -> str:
    """Return the type of a model.

    Raises:
        AgentError: It is not known (KN802).
    """
    said = model.type.lower() or _ENDINGS.get(model.file.suffix.lower(), "")
    kind = _NAMES.get(said, said)
    if kind not in set(_ENDINGS.values()):
        what = f"type `{said}`" if said else f"what {model.file.name} is"
        remedy = meant(said, set(_ENDINGS.values())) if said else 'say it: {file, type: "onnx"}'
        raise declared_wrongly(
            f"it is not known {what}" if not said else f"there is no {what} of models", remedy, where=where
        )
    return kind


def runner(kind: str, model: Model, threads: int) -> Runner:
    """Load a model.

    Raises:
        AgentError: It cannot be read (KN804), or its package is not installed (KN803).
    """
    if kind == "onnx":
        return Onnx(model.file, threads)
    return Fitted(model.file) if kind == "sklearn" else Traced(model.file, threads)
