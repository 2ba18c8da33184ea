"""Makes inputs of what was typed as ``key=value``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kodonb.magics.parse import Verbatim
from kodonb.magics.terms import nearest
from kodonb.model.errors import InputsError, Problem, UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from kodonb.flows.form import Form
    from kodonb.model.run import Lock


def inputs(shell: InteractiveShell, pairs: Mapping[str, str], form: Form) -> dict[str, Any]:
    """Return the inputs of a run.

    Args:
        shell: The notebook whose variables `$name` and `{expression}` mean.
        pairs: Typed text by parameter.
        form: The parameters.

    Raises:
        InputsError: A text does not fit its parameter (KN010).
        UsageError: A variable or an expression has no value (KN005).
    """
    objects = {key: _object(shell, key, text) for key, text in pairs.items() if _means_object(text)}
    texts = {key: str(text) for key, text in pairs.items() if key not in objects}
    return form.parse(texts) | objects


def answers(shell: InteractiveShell, pairs: Mapping[str, str], lock: Lock) -> dict[str, Any]:
    """Return the fields of an answer.

    Raises:
        InputsError: The question has no such field (KN310).
        UsageError: A variable or an expression has no value (KN005).
    """
    known = lock.schema.get("properties", {})
    unknown = [key for key in pairs if key not in known and not lock.schema.get("additionalProperties")]
    if unknown:
        near = nearest(unknown[0], known)
        raise InputsError(
            "the answer does not fit the question",
            [Problem(key, "is not a field of it") for key in unknown],
            code="KN310",
            where=lock.id,
            remedy=f"did you mean {near!r}?" if near else f"its fields are {', '.join(known) or '(none)'}",
        )
    return {
        key: _object(shell, key, text) if _means_object(text) else _plain(text, known.get(key, {}))
        for key, text in pairs.items()
    }


def _means_object(text: str) -> bool:
    if isinstance(text, Verbatim):
        return False
    if text.startswith("$"):
        return text[1:].isidentifier()
    return text.startswith("{") and text.endswith("}") and not _is_json(text)


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _object(shell: InteractiveShell, key: str, text: str) -> Any:
    expression = text[1:] if text.startswith("$") else text[1:-1]
    try:
        return shell.ev(expression.strip())  # type: ignore[no-untyped-call]
    # The expression is the user's; whatever it raises, the value cannot be had.
    except Exception as error:
        near = nearest(expression, [name for name in shell.user_ns if not name.startswith("_")])
        raise UsageError(
            f"{key}={text} has no value: {type(error).__name__}: {error}",
            code="KN005",
            remedy=f"did you mean ${near}?" if near else "define it in a cell, or put the text in quotes",
        ) from error


def _plain(text: str, field: Mapping[str, Any]) -> Any:
    """Read JSON where the question does not ask for text."""
    sorts = {part.get("type") for part in (field, *field.get("anyOf", ()))}
    if "string" in sorts or "enum" in field:
        return str(text)
    if text.lower() in {"yes", "no"}:
        return text.lower() == "yes"
    return json.loads(text) if _is_json(text) else str(text)
