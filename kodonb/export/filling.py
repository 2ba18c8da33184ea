"""Texts that are written with gaps, in ``templates/``."""

from __future__ import annotations

import json
import pprint
from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def fill(name: str, **values: Any) -> str:
    """Return the text of a template with its gaps filled.

    Args:
        name: Name of the file in ``templates/``, without ``.j2``.
        **values: What fills the gaps.
    """
    return _environment().get_template(f"{name}.j2").render(**values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("kodonb.export", "templates"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - what is written is Python, TOML and Markdown, no HTML
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["text"] = text
    made.filters["python"] = python
    return made


def text(value: str) -> str:
    """Spell a string in double quotes, as Python, TOML and YAML read it."""
    return json.dumps(value, ensure_ascii=False)


def python(value: Any, indent: int = 0) -> str:
    """Spell a JSON value as Python, over several lines if it is long."""
    made = _double(pprint.pformat(value, width=100 - indent, sort_dicts=False))
    return made.replace("\n", "\n" + " " * indent)


def _double(told: str) -> str:
    """Put strings into double quotes where that changes nothing."""
    return told if '"' in told or "\\" in told else told.replace("'", '"')
