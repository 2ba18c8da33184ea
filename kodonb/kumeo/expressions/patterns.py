"""Regular expressions that cannot hang: RE2 takes time in proportion to the text, whatever the pattern.

Syntax: https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

_LONGEST: Final = 2_000
_MEMORY: Final = 1 << 20


def matches(text: Any, pattern: Any) -> bool:
    """Whether a pattern is found in a text; a pattern that is none is found nowhere."""
    if not isinstance(text, str) or not isinstance(pattern, str):
        return False
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(text) is not None


def problem(pattern: str) -> str:
    """Return why a pattern is none; empty if it is one."""
    return "" if _compiled(pattern) is not None else "is no regular expression (of RE2's syntax)"


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    import re2  # noqa: PLC0415 - only conditions with `matches` need it

    if len(pattern) > _LONGEST:
        return None
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error:
        return None
