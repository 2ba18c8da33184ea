"""Estimators of scikit-learn, kept by joblib or pickle: loading one runs code that it holds, so load only your own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.inferring.outcome import plain
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.sections import existing


class Fitted:
    """An estimator.

    Args:
        file: Its file.

    Attributes:
        names: Names of its features, if it was fitted with any.
        width: How many features it takes.
        inputs: Nothing: it takes a row.
        row: That it takes a row.
        several: That it takes several at once.
    """

    inputs: tuple[str, ...] = ()
    row = True
    several = True

    def __init__(self, file: Path) -> None:
        joblib = package("joblib")
        package("sklearn")
        try:
            self._model: Any = joblib.load(existing(file))
        except AgentError:
            raise
        except Exception as error:  # a pickle can raise anything
            message = f"{file.name} cannot be loaded: {type(error).__name__}: {error!s:.200}"
            remedy = "keep it again with joblib.dump, of the same version of scikit-learn"
            raise AgentError(message, code="KN804", where=str(file), remedy=remedy) from error
        if not hasattr(self._model, "predict"):
            message = f"{file.name} holds no estimator: it has no predict()"
            raise AgentError(message, code="KN804", where=str(file), remedy="keep the fitted estimator")
        self.names = tuple(str(name) for name in getattr(self._model, "feature_names_in_", ()))
        self.width: int | None = getattr(self._model, "n_features_in_", None)

    def predict(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return ``{prediction, probabilities, score}`` for each row, as far as the estimator tells.

        Raises:
            AgentError: Inference failed (KN808).
        """
        try:
            columns = self._columns(self._table(rows))
        except Exception as error:
            message = f"inference failed: {error!s:.300}"
            raise AgentError(message, code="KN808", remedy="compare the data with the model") from error
        return [{name: column[at] for name, column in columns.items()} for at in range(len(rows))]

    def _table(self, rows: Sequence[Any]) -> Any:
        if self.names:
            return package("pandas").DataFrame(list(rows), columns=list(self.names))
        return list(rows)

    def _columns(self, table: Any) -> dict[str, list[Any]]:
        model = self._model
        found = {"prediction": plain(model.predict(table))}
        if hasattr(model, "predict_proba"):
            classes = [str(each) for each in plain(model.classes_)]
            rows = plain(model.predict_proba(table))
            found["probabilities"] = [dict(zip(classes, row, strict=True)) for row in rows]
        elif hasattr(model, "score_samples"):
            found["score"] = plain(model.score_samples(table))
        elif hasattr(model, "decision_function"):
            found["score"] = plain(model.decision_function(table))
        return found
