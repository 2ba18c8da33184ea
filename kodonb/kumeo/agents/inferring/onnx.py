"""Models in ONNX, run by ONNX Runtime: https://onnxruntime.ai/docs/api/python/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.inferring.outcome import plain
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.sections import existing

_TYPES: Final = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(int64)": "int64",
    "tensor(int32)": "int32", "tensor(int16)": "int16", "tensor(int8)": "int8", "tensor(uint8)": "uint8",
    "tensor(bool)": "bool", "tensor(string)": "object",
}  # fmt: skip


class Onnx:
    """A model in ONNX.

    Args:
        file: Its file.
        threads: How many threads it uses.

    Attributes:
        names: Names of its features, if it tells them as `features` in its metadata.
        width: How many features it takes; `None` if it does not say.
        inputs: Names of its inputs.
        row: Whether it takes one row of features.
        several: Whether it takes several rows at once.
    """

    def __init__(self, file: Path, threads: int = 1) -> None:
        runtime = package("onnxruntime")
        self._np: Any = package("numpy")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        existing(file)
        try:
            providers = ["CPUExecutionProvider"]
            self._session: Any = runtime.InferenceSession(file, options, providers=providers)
        except Exception as error:  # the runtime has a class for every cause, and no name for all
            raise _unreadable(file, error) from error
        self._taken = self._session.get_inputs()
        self._given = [each.name for each in self._session.get_outputs()]
        self.inputs = tuple(each.name for each in self._taken)
        shape = self._taken[0].shape if len(self._taken) == 1 else []
        self.row = len(shape) == 2
        self.width = shape[1] if self.row and isinstance(shape[1], int) else None
        self.several = all(not isinstance(each.shape[0], int) for each in self._taken if each.shape)
        self.names = _features(self._session.get_modelmeta().custom_metadata_map)

    def predict(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return outputs by name, for each row; or for each object with a value for every input.

        Raises:
            AgentError: Values do not fit (KN805), or inference failed (KN808).
        """
        feeds = {each.name: self._array(each, rows) for each in self._taken}
        try:
            outputs = self._session.run(None, feeds)
        except Exception as error:
            first = str(error).splitlines()[0][:300]
            raise AgentError(
                f"inference failed: {first}", code="KN808", remedy="compare the data with the model"
            ) from error
        columns = [plain(each) for each in outputs]
        return [self._outputs(columns, at, len(rows)) for at in range(len(rows))]

    def _array(self, taken: Any, rows: Sequence[Any]) -> Any:
        values = [row if self.row else row[taken.name] for row in rows]
        rank = len(taken.shape)
        try:
            array = self._np.asarray(values, dtype=_TYPES[taken.type])
        except (ValueError, TypeError, OverflowError, KeyError):
            message = f"`{taken.name}` takes {taken.type}, which this is not"
            raise AgentError(message, code="KN805", remedy="correct the data, or config.features") from None
        if array.ndim == rank + 1 and array.shape[0] == 1:
            return array[0]
        return array.reshape(-1, *[1] * (rank - 1)) if array.ndim < rank else array

    def _outputs(self, columns: list[Any], at: int, rows: int) -> dict[str, Any]:
        """Return the outputs of one row; what is not one for each row belongs to all."""
        return {
            name: column[at] if isinstance(column, list) and len(column) == rows else column
            for name, column in zip(self._given, columns, strict=True)
        }


def _features(metadata: dict[str, str]) -> tuple[str, ...]:
    try:
        names = json.loads(metadata.get("features", "[]"))
    except ValueError:
        names = metadata["features"].split(",")
    return tuple(str(name).strip() for name in names) if isinstance(names, list) else ()


def _unreadable(file: Path, error: Exception) -> AgentError:
    first = str(error).splitlines()[0][:300]
    message = f"{file.name} is no model in ONNX: {first}"
    return AgentError(message, code="KN804", where=str(file), remedy="export it again")
