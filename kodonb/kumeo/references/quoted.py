"""References in quotes: ``"a.output"``, ``"a.b ?? c.d"``, ``"a?.b ?? ''"``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

_PATH: Final = re.compile(r"[\w-]+(?:\?\.[\w-]+|\.[\w-]+|/[\w.-]+)*\Z", re.ASCII)
_LITERAL: Final = re.compile(r"""(?:'[^']*'|"[^"]*"|-?[0-9]+(?:\.[0-9]+)?|true|false|null|\[\]|\{\})\Z""")
_SQL: Final = re.compile(r"\s*(?:select|with)\s", re.IGNORECASE)
_DATA: Final = re.compile(r"['\"]data\.([\w-]+)['\"]|\bfrom\s+data\.([\w-]+)", re.IGNORECASE)


class Path(NamedTuple):
    """A path that a text names.

    Attributes:
        text: The path, without question marks.
        optional: Whether it may be missing.
    """

    text: str
    optional: bool = False


@lru_cache(maxsize=4096)
def paths(text: str) -> tuple[Path, ...] | None:
    """Return the paths that a text names, the first to be tried first; `None` if it is no reference."""
    found: list[Path] = []
    choices = [choice.strip() for choice in text.split("??")]
    for choice in choices:
        if len(choices) > 1 and _LITERAL.match(choice):
            continue
        if not _PATH.match(choice):
            return None
        found.append(Path(choice.replace("?.", "."), "?." in choice))
    return tuple(found)


def is_sql(text: str) -> bool:
    """Whether a text is a query."""
    return _SQL.match(text) is not None


def tables(query: str) -> list[str]:
    """Return the declared data that a query reads: ``read_parquet('data.x')``, ``FROM data.x``."""
    return [one or other for one, other in _DATA.findall(query)]


def literal(text: str) -> str | int | float | bool | None:
    """Return the value that a reference falls back to: ``"a?.b ?? 'none'"``; `None` if it has none."""
    last = text.rpartition("??")[2].strip()
    if "??" not in text or not _LITERAL.match(last):
        return None
    if last[0] in "'\"":
        return last[1:-1]
    found: Any = msgspec.json.decode(last)
    return None if isinstance(found, list | dict) else found
