"""Events as they are typed: JSON, a variable of the notebook, or an expression."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def event(shell: InteractiveShell, typed: str) -> Any:
    """Return the JSON value that was typed.

    Args:
        shell: The notebook whose variables `$name` and `{expression}` mean.
        typed: What was typed.

    Raises:
        UsageError: It is none of that (KN005).
    """
    try:
        return json.loads(typed)
    except ValueError as error:
        wrong = str(error)
    if typed.startswith("$") and typed[1:].isidentifier():
        return _plain(_worth(shell, typed, typed[1:]))
    if typed.startswith("{") and typed.endswith("}"):
        return _plain(_worth(shell, typed, typed[1:-1]))
    raise UsageError(
        f"{typed!r} is no JSON: {wrong}",
        code="KN005",
        remedy='write e.g. {"amount": 5}, $name for a variable, or {expression}',
    )


def _worth(shell: InteractiveShell, typed: str, expression: str) -> Any:
    try:
        return shell.ev(expression.strip())  # type: ignore[no-untyped-call]
    # The expression is the user's; whatever it raises, the value cannot be had.
    except Exception as error:
        known = [name for name in shell.user_ns if not name.startswith("_")]
        near = difflib.get_close_matches(expression, known, n=1)
        raise UsageError(
            f"{typed} has no value: {type(error).__name__}: {error}",
            code="KN005",
            remedy=f"did you mean ${near[0]}?" if near else 'write JSON, e.g. {"amount": 5}',
        ) from error


def _plain(value: Any) -> Any:
    """Return the records of a table; anything else as it is."""
    return value.to_dict("records") if hasattr(value, "columns") and hasattr(value, "to_dict") else value
