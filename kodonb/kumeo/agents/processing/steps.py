"""Steps of a DataProcessor: each takes the fields of a message and returns new ones."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kodonb.kumeo.agents.entities import unescaped
from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.parameters import Record
from kodonb.kumeo.diagnostics.near import meant

Fields = dict[str, Any]
Step = Callable[[Fields], Fields]

_DEEPEST: Final = 50
_SPACES: Final = re.compile(r"\s+")
_SPECIAL: Final = re.compile(r"[^\w\s]|_")
_TAGS: Final = re.compile(r"<[^<>]*>")
_NUMBER: Final = re.compile(r"\s*[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?\s*", re.ASCII)
_TRUE: Final = frozenset({"true", "yes", "1"})
_FALSE: Final = frozenset({"false", "no", "0"})


def _number(text: str) -> Any:
    if len(text) > 100 or not _NUMBER.fullmatch(text):
        return text
    value = float(text)
    whole = text.strip().lstrip("+-").isdigit()
    return int(text) if whole else value if math.isfinite(value) else text


def _boolean(text: str) -> Any:
    word = text.strip().lower()
    return True if word in _TRUE else False if word in _FALSE else text


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _no_digits(text: str) -> str:
    return "".join(char for char in text if not char.isdigit())


TEXTS: Final[dict[str, Callable[[str], Any]]] = {
    "trim": str.strip,
    "lowercase": str.lower,
    "uppercase": str.upper,
    "titlecase": str.title,
    "capitalize": str.capitalize,
    "collapse_whitespace": lambda text: _SPACES.sub(" ", text).strip(),
    "remove_special_chars": lambda text: _SPECIAL.sub("", text),
    "remove_digits": _no_digits,
    "strip_html": lambda text: unescaped(_TAGS.sub("", text)),
    "normalize_unicode": lambda text: unicodedata.normalize("NFKC", text),
    "to_number": _number,
    "to_boolean": _boolean,
    "parse_json": _json,
}
"""Steps for texts, by name; they go through lists and objects too."""


def _without(empty: Callable[[Any], bool]) -> Step:
    return lambda fields: {name: value for name, value in fields.items() if not empty(value)}


def _flat(fields: Fields) -> Fields:
    found: Fields = {}
    _flatten(fields, "", found, 0)
    return found


def _flatten(value: Mapping[str, Any], prefix: str, found: Fields, depth: int) -> None:
    for name, each in value.items():
        if isinstance(each, Mapping) and each and depth < _DEEPEST:
            _flatten(each, f"{prefix}{name}.", found, depth + 1)
        else:
            found[f"{prefix}{name}"] = each


def _unique(fields: Fields) -> Fields:
    return {name: _distinct(value) if type(value) is list else value for name, value in fields.items()}


def _distinct(values: list[Any]) -> list[Any]:
    return list(
        {json.dumps(value, sort_keys=True, default=str): value for value in reversed(values)}.values()
    )[::-1]


OBJECTS: Final[dict[str, Step]] = {
    "drop_nulls": _without(lambda value: value is None),
    "drop_empty": _without(lambda value: value is None or value in ("", [], {})),
    "flatten": _flat,
    "deduplicate": _unique,
    "sort_fields": lambda fields: dict(sorted(fields.items())),
}
"""Steps for all fields at once, by name."""

ALIASES: Final[dict[str, str]] = {
    "strip": "trim", "lower": "lowercase", "upper": "uppercase", "title": "titlecase",
    "remove_special_characters": "remove_special_chars", "remove_punctuation": "remove_special_chars",
    "normalize_whitespace": "collapse_whitespace", "remove_whitespace": "collapse_whitespace",
    "remove_html": "strip_html", "unicode_normalize": "normalize_unicode", "parse_numbers": "to_number",
    "remove_nulls": "drop_nulls", "remove_empty": "drop_empty", "remove_duplicates": "deduplicate",
}  # fmt: skip
"""Other names of steps."""


class StepOn(Record):
    """A step for some fields only.

    Attributes:
        step: Its name.
        fields: The fields.
    """

    step: str
    fields: list[str]


def step(said: str | StepOn, where: str) -> Step:
    """Return a step.

    Args:
        said: Its name, or a name with fields.
        where: The agent.

    Raises:
        AgentError: There is no such step (KN802).
    """
    name = said if isinstance(said, str) else said.step
    known = ALIASES.get(name.lower(), name.lower())
    fields = None if isinstance(said, str) else said.fields
    if known in TEXTS:
        return _on_texts(TEXTS[known], fields)
    if known in OBJECTS and fields is None:
        return OBJECTS[known]
    if known in OBJECTS:
        raise declared_wrongly(f"step `{name}` is for all fields", "leave out `fields`", where=where)
    raise declared_wrongly(f"there is no step `{name}`", meant(name, [*TEXTS, *OBJECTS]), where=where)


def _on_texts(change: Callable[[str], Any], names: Sequence[str] | None) -> Step:
    if names is not None:
        chosen = frozenset(names)
        return lambda fields: {
            name: _changed(change, value, 0) if name in chosen else value for name, value in fields.items()
        }

    def changed(fields: Fields) -> Fields:
        return {
            name: change(value) if type(value) is str else _changed(change, value, 0)
            for name, value in fields.items()
        }

    return changed


def _changed(change: Callable[[str], Any], value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is str:
        return change(value)
    if kind is list and depth < _DEEPEST:
        return [_changed(change, each, depth + 1) for each in value]
    if kind is dict and depth < _DEEPEST:
        return {name: _changed(change, each, depth + 1) for name, each in value.items()}
    return value
