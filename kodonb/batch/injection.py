"""Values of parameters as a cell of Python, and where that cell goes."""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from types import ModuleType
from typing import Any, Final

import nbformat.v4

from kodonb.batch.cells import Cell, tagged
from kodonb.batch.files import Notebook
from kodonb.batch.namespace import MODULE
from kodonb.model.errors import UsageError

TAG: Final = "injected-parameters"

_HEAD: Final = "# Parameters"

VARIABLE: Final = "KODONB_SECRET_"
"""Beginning of the names of environment variables in which secrets reach the kernel."""


class Injection:
    """Spells values so that the kernel makes equal ones.

    Args:
        space: What names stand for where the cell goes: a type is called as the notebook calls it.

    Attributes:
        environment: What the kernel's environment must hold: secrets, which are not written into the notebook.
    """

    def __init__(self, space: Mapping[str, Any]) -> None:
        self._space = space
        self.environment: dict[str, str] = {}

    def variables(self, values: Mapping[str, Any]) -> str:
        """Return the text of a cell that sets variables."""
        return "\n".join([_HEAD, *(f"{name} = {self.spelled(value)}" for name, value in values.items())])

    def call(self, function: str, values: Mapping[str, Any]) -> str:
        """Return the text of a cell that calls a function with the values by name."""
        words = ", ".join(f"{name}={self.spelled(value)}" for name, value in values.items())
        return f"{_HEAD}\n{function}({words})"

    def spelled(self, value: Any) -> str:
        """Return Python that makes an equal value.

        Raises:
            UsageError: It holds a secret, rather than being one (KN010).
        """
        if hasattr(value, "get_secret_value"):
            return self._secret(value.get_secret_value(), self._called(type(value)))
        if isinstance(value, Enum):
            return f"{self._called(type(value))}[{value.name!r}]"
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")'
        match value:
            case list():
                return f"[{', '.join(map(self.spelled, value))}]"
            case dict():
                pairs = (f"{self.spelled(key)}: {self.spelled(each)}" for key, each in value.items())
                return f"{{{', '.join(pairs)}}}"
        return repr(value) if _is_literal(value) else self._made(value)

    def _secret(self, secret: Any, kind: str) -> str:
        variable = f"{VARIABLE}{len(self.environment)}"
        self.environment[variable] = json.dumps(secret.decode() if isinstance(secret, bytes) else secret)
        # Taken out of the environment, so that no process that the notebook starts from here on inherits it.
        read = f'__import__("json").loads(__import__("os").environ.pop({variable!r}))'
        return f"{kind}({read}.encode())" if isinstance(secret, bytes) else f"{kind}({read})"

    def _made(self, value: Any) -> str:
        kind = type(value)
        if hasattr(value, "model_dump_json"):
            if any(hasattr(each, "get_secret_value") for each in _within(value)):
                raise UsageError(
                    f"a {kind.__name__} holds a secret, which cannot be given with it",
                    code="KN010",
                    remedy="make the secret a parameter of its own",
                )
            return f"{self._called(kind)}.model_validate_json({value.model_dump_json()!r})"
        if hasattr(kind, "fromisoformat"):
            return f"{self._called(kind)}.fromisoformat({value.isoformat()!r})"
        if hasattr(kind, "__dataclass_fields__"):
            fields = ", ".join(f"{name}={self.spelled(each)}" for name, each in vars(value).items())
            return f"{self._called(kind)}({fields})"
        if isinstance(value, tuple | set | frozenset):
            return f"{self._called(kind)}({self.spelled(list(value))})"
        if hasattr(value, "total_seconds"):
            return f"{self._called(kind)}(seconds={value.total_seconds()!r})"
        return f"{self._called(kind)}({str(value)!r})"  # Path, Decimal, UUID, URLs

    def _called(self, kind: type) -> str:
        """Return how the notebook calls a type; it is imported in place if it does not."""
        # What pathlib makes is of a type of its own for each system.
        kind = next(
            (base for base in kind.__mro__ if base.__module__ == "pathlib" and base.__name__ == "Path"), kind
        )
        for name, value in self._space.items():
            if value is kind:
                return name
            if isinstance(value, ModuleType) and getattr(value, kind.__name__, None) is kind:
                return f"{name}.{kind.__name__}"
        if kind.__module__ == MODULE:
            return kind.__qualname__
        if kind.__module__ == "builtins":
            return kind.__name__
        return f"__import__({kind.__module__!r}, fromlist=['']).{kind.__qualname__}"


def inject(notebook: Notebook, source: str, after: int) -> None:
    """Put a cell with parameters behind the one that declares them, in the place of one that was put there before."""
    before = tagged(notebook, TAG)
    if before is None:
        notebook.cells.insert(after + 1, made(source, TAG))
    else:
        notebook.cells[before] = made(source, TAG)


def made(source: str, name: str) -> Cell:
    """Return a cell that a job puts into a notebook, with this id."""
    return nbformat.v4.new_code_cell(source, id=name, metadata={"tags": [TAG]})  # type: ignore[no-untyped-call]


def _within(value: Any) -> Iterator[Any]:
    """Yield what a value holds, at any depth."""
    yield value
    held = vars(value).values() if hasattr(value, "model_fields_set") else value
    held = held.values() if isinstance(held, dict) else held
    if not isinstance(held, str | bytes) and hasattr(held, "__iter__"):
        for each in held:
            yield from _within(each)


def _is_literal(value: Any) -> bool:
    try:
        return bool(ast.literal_eval(repr(value)) == value)
    except (ValueError, SyntaxError, TypeError):
        return False
