"""Which codes are looked for: told by the command, or by ``[tool.kodonb.lint]`` of a pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.kumeo.diagnostics.codes import CODES as KUMEO
from kodonb.model.errors import CODES, UsageError

_NAMES: Final = ("select", "ignore")


class Choice(NamedTuple):
    """Codes to look for and to leave out; beginnings of codes stand for all that begin so.

    Attributes:
        select: What to look for; empty for all.
        ignore: What to leave out.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether a code is looked for."""
        return (not self.select or code.startswith(self.select)) and not code.startswith(self.ignore)


def chosen(words: Iterable[str]) -> tuple[str, ...]:
    """Read codes, several of which may stand in one word with commas between.

    Raises:
        UsageError: There is no such code (KN005).
    """
    codes = [code.strip().upper() for word in words for code in word.split(",") if code.strip()]
    for code in codes:
        if not any(known.startswith(code) for known in (*CODES, *KUMEO)):
            raise UsageError(
                f"there is no code {code}",
                code="KN005",
                remedy="write e.g. KN117, or KN11 for KN111 to KN117",
            )
    return tuple(codes)


def configured(folder: Path, told: Choice) -> Choice:
    """Return what is chosen for the notebooks of a folder; what the command told to select goes before.

    Raises:
        UsageError: A pyproject.toml above is damaged, or has a setting that is unknown (KN007).
    """
    kept = _of_folder(folder.resolve())
    return Choice(told.select or kept.select, told.ignore + kept.ignore)


@lru_cache(maxsize=1024)
def _of_folder(folder: Path) -> Choice:
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        table = _table(file) if file.is_file() else None
        if table is not None:
            return _read(table, file)
    return Choice()


def _table(file: Path) -> Any:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("kodonb", {}).get("lint")
    except (OSError, ValueError, AttributeError) as error:
        raise _bad(f"it cannot be read: {error}", file) from None


def _read(table: Any, file: Path) -> Choice:
    if not isinstance(table, dict) or set(table) - {*_NAMES}:
        raise _bad("[tool.kodonb.lint] knows `select` and `ignore`", file)
    found = {}
    for name, codes in table.items():
        if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
            raise _bad(f"`{name}` is not a list of codes", file)
        try:
            found[name] = chosen(codes)
        except UsageError as error:
            raise _bad(error.message, file) from None
    return Choice(**found)


def _bad(what: str, file: Path) -> UsageError:
    return UsageError(
        f"bad setting in {file.name}: {what}",
        code="KN007",
        where=str(file),
        remedy='write e.g. ignore = ["KN117"] below [tool.kodonb.lint]',
    )
