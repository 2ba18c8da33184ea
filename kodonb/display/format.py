"""Numbers, times and values as people read them."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final

from kodonb.display.read import mapping, text

TIMES: Final = "\N{MULTIPLICATION SIGN}"
"""Stands between a name and how many there are of it."""

_ESCAPES: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)", re.DOTALL)
_CONTROLS: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]{4,}")


def clean(said: str) -> str:
    """Return text without terminal escapes, control characters and marks that turn its direction."""
    return _CONTROLS.sub("", _ESCAPES.sub("", said))


def anonymous(said: str) -> str:
    """Return a representation without addresses of objects, which differ from run to run."""
    return _ADDRESS.sub("", said)


def clip(said: str, limit: int) -> str:
    """Return text of at most `limit` characters; an ellipsis says that it was cut."""
    return said if len(said) <= limit else said[: max(0, limit - 1)].rstrip() + "…"


def line(said: str, limit: int) -> str:
    """Return text on one line, of at most `limit` characters."""
    return clip(" ".join(clean(said[: 4 * limit].replace("\n", " ").replace("\t", " ")).split()), limit)


def width(said: str) -> int:
    """Return how many columns text takes in a font of equal widths."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in said)
    return len(said) + wide - sum(unicodedata.combining(char) > 0 for char in said)


def duration(seconds: float | None) -> str:
    """Return a duration such as ``450 ms``, ``1.2 s``, ``3 min 05 s``, ``2 h 07 min``, ``3 d 04 h``."""
    if seconds is None:
        return "—"
    if round(seconds * 1000) < 1000:
        return f"{max(0, round(seconds * 1000))} ms"
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24:02d} h"


def brief(seconds: float) -> str:
    """Return a duration without parts that are nought: ``10 min`` where `duration` says ``10 min 00 s``."""
    return re.sub(r"\.0 s$| 00 (s|min|h)$", lambda found: " s" if "." in found[0] else "", duration(seconds))


def amount(value: float | None) -> str:
    """Return a number with at most four significant digits, thousands apart by thin spaces."""
    if value is None:
        return "—"
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", "\u202f")
    return f"{value:.4g}"


def size(count: float | None) -> str:
    """Return a number of bytes such as ``17 B``, ``64 KiB``, ``1.5 MiB``."""
    if count is None:
        return "unknown size"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.3g} {unit}"
        count /= 1024
    return f"{count:.3g} TiB"


def plural(count: int, noun: str) -> str:
    """Return a count with its noun."""
    return f"{amount(count)} {noun}{'' if count == 1 else 's'}"


def moment(at: datetime | None) -> str:
    """Return an absolute time in UTC, to the second."""
    return "—" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def compact(value: Any) -> str:
    """Return a JSON value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def kept(value: Any) -> str:
    """Return a kept value on one line: its JSON, or what is known of an object that is not JSON.

    Of a secret there is nothing but the word.
    """
    form = mapping(value)
    if form.get("secret") is True:
        return "secret"
    if set(form) == {"json"}:
        return json.dumps(form["json"], ensure_ascii=False, default=str)
    return described(form) if form else compact(value)


def described(form: dict[str, Any]) -> str:
    """Return type and representation of a kept value that is not plain JSON."""
    shown = anonymous(text(form.get("repr")) or text(form.get("type")))
    if "artifact" in form:
        return f"{shown} ({reference(form)})" if shown else reference(form)
    return shown or compact(form)


def reference(form: dict[str, Any]) -> str:
    """Return how an artifact is named: size and the beginning of its hash."""
    count = form.get("bytes")
    known = size(count) if isinstance(count, int | float) else "artifact"
    return f"{known}, artifact {text(form.get('artifact'))[:12]}"
