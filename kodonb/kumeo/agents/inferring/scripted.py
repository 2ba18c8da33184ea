"""Models written in Python: a file with a function `predict`, which is part of the program."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from kodonb.kumeo.agents.errors import AgentError
from kodonb.kumeo.agents.sections import existing


def function(file: Path, name: str = "predict") -> Callable[[Any], Any]:
    """Return a function of a Python file.

    Args:
        file: The file.
        name: Name of the function; it takes the input of the agent and returns its result.

    Raises:
        AgentError: The file cannot be loaded, or has no such function (KN804).
    """
    found = getattr(_loaded(existing(file)), name, None)
    if not callable(found):
        message = f"{file.name} has no function {name}()"
        raise AgentError(message, code="KN804", where=str(file), remedy=f"write def {name}(inputs): …")
    made: Callable[[Any], Any] = found
    return made


def _loaded(file: Path) -> ModuleType:
    mark = hashlib.sha256(str(file.resolve()).encode()).hexdigest()[:12]
    spec = importlib.util.spec_from_file_location(f"kumeo_model_{mark}", file)
    if spec is None or spec.loader is None:
        raise AgentError(
            f"{file.name} is no Python file", code="KN804", where=str(file), remedy="give a .py file"
        )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look there for the module of a class
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        message = f"{file.name} cannot be loaded: {type(error).__name__}: {error!s:.200}"
        raise AgentError(
            message, code="KN804", where=str(file), remedy="run it by itself to see why"
        ) from error
    return module
