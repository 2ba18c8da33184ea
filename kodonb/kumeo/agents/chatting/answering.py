"""Answers that must be JSON of a schema: how to ask for them, how to read them, how to have them mended."""

from __future__ import annotations

import json
import re
from typing import Any, Final

_FENCE: Final = re.compile(r"```(?:json|JSON)?[ \t]*\n(.*?)```", re.DOTALL)
_THOUGHT: Final = "</think>"


def instruction(schema: Any) -> str:
    """Return what a model is told, so that it answers with JSON whatever its server can enforce."""
    return f"Answer with JSON alone, without any text around it. It must fit this JSON Schema:\n{json.dumps(schema)}"


def repair(problems: list[str]) -> str:
    """Return what a model is told about an answer that does not fit."""
    found = "\n".join(f"- {each}" for each in problems)
    return f"This answer does not fit the schema:\n{found}\nAnswer again, with the JSON alone, mended."


def read(text: str) -> Any:
    """Return the JSON of an answer: all of it, or what stands in a fence, or the first object or list in it.

    Raises:
        ValueError: There is none.
    """
    text = text.rpartition(_THOUGHT)[2].strip()
    fenced = _FENCE.search(text)
    for each in (text, fenced[1] if fenced else ""):
        try:
            return json.loads(each, parse_constant=_no_number)
        except (ValueError, RecursionError):
            continue
    return _first(text)


def _first(text: str) -> Any:
    decoder = json.JSONDecoder(parse_constant=_no_number)
    start = re.search(r"[{\[]", text)
    if start is None:
        raise ValueError("this is no JSON")
    try:
        return decoder.raw_decode(text, start.start())[0]
    except RecursionError:
        raise ValueError("this is nested too deeply") from None


def _no_number(said: str) -> Any:
    raise ValueError(f"{said} is no JSON")
