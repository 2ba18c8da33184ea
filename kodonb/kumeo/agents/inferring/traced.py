"""Models of PyTorch: TorchScript, and programs kept by `torch.export.save`; no pickled ones, which are code."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.inferring.outcome import plain
from kodonb.kumeo.agents.packages import package
from kodonb.kumeo.agents.sections import existing


class Traced:
    """A model of PyTorch; it takes rows of features, or nested lists, as one tensor of 32-bit numbers.

    Args:
        file: Its file.
        threads: How many threads it uses.
    """

    inputs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    width: int | None = None
    row = True
    several = True

    def __init__(self, file: Path, threads: int = 1) -> None:
        self._torch: Any = package("torch")
        existing(file)
        self._torch.set_num_threads(threads)
        try:
            self._model = self._loaded(file)
        except Exception as error:
            first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            message = f"{file.name} is neither TorchScript nor an exported program: {first}"
            remedy = "keep it with torch.jit.save or torch.export.save"
            raise AgentError(message, code="KN804", where=str(file), remedy=remedy) from error

    def _loaded(self, file: Path) -> Any:
        if file.suffix == ".pt2":
            return self._torch.export.load(file).module()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer versions would rather have exported programs
            return self._torch.jit.load(str(file), map_location="cpu").eval()

    def predict(self, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Return the outputs for each row.

        Raises:
            AgentError: Inference failed (KN808).
        """
        torch = self._torch
        try:
            with torch.inference_mode():
                said = self._model(torch.tensor(list(rows), dtype=torch.float32))
        except Exception as error:
            last = (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]
            raise AgentError(
                f"inference failed: {last}", code="KN808", remedy="compare the data with the model"
            ) from error
        columns = _named(said)
        return [{name: plain(column[at]) for name, column in columns.items()} for at in range(len(rows))]


def _named(said: Any) -> dict[str, Any]:
    if isinstance(said, dict):
        return said
    if isinstance(said, tuple | list):
        return {f"output_{number}": each for number, each in enumerate(said)}
    return {"output": said}
