"""What a question is about, read from the JSON Schema that it carries: who asks, and what is to be decided on."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from kodonb.display.format import clean, clip, line
from kodonb.display.read import mapping, name, text
from kodonb.display.records import Question

_OURS: Final = frozenset({"x-asker", "x-about", "x-shown"})
_MAX_ROWS: Final = 60
_MAX_VALUE: Final = 2_000
_MAX_LINES: Final = 12
_LABEL: Final = 80


class Asked(NamedTuple):
    """What a question is about.

    Attributes:
        by: Who asks, such as an agent of a workflow; empty if the question does not tell.
        about: What it is about, in words.
        shown: Labels with values: what is to be decided on.
    """

    by: str
    about: str
    shown: tuple[tuple[str, str], ...]


def asked(schema: dict[str, Any]) -> Asked:
    """Return what a question is about."""
    rows = schema.get("x-shown")
    found = [mapping(row) for row in rows[:_MAX_ROWS]] if isinstance(rows, list) else []
    shown = ((line(name(row.get("label")), _LABEL), _value(row.get("value"))) for row in found)
    return Asked(
        name(schema.get("x-asker")), _value(schema.get("x-about")), tuple(pair for pair in shown if pair[0])
    )


def asker(question: Question) -> str:
    """Return who asks."""
    return asked(question.schema).by or question.source


def of_the_answer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what the schema says of the answer alone."""
    return {key: value for key, value in schema.items() if key not in _OURS}


def asked_lines(schema: dict[str, Any], width: int = 120) -> list[str]:
    """Return what a question is about as lines of a terminal, of at most `width` characters."""
    found = asked(schema)
    rows = [found.about] if found.about else []
    rows += [f"{label}: {value}" for label, value in found.shown]
    left = len(rows) - _MAX_LINES
    more = [f"… and {left} more"] if left > 0 else []
    return [*(line(row, width) for row in rows[:_MAX_LINES]), *more]


def gist(schema: dict[str, Any]) -> str:
    """Return what a question is about on one line, to tell it from others like it."""
    return line(", ".join(f"{label}: {value}" for label, value in asked(schema).shown), 160)


def _value(value: Any) -> str:
    return clip(clean(text(value, 2 * _MAX_VALUE)), _MAX_VALUE)
