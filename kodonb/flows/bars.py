"""Lines and progress bars in what programs write to a terminal.

tqdm draws a bar by writing a carriage return and the whole bar, again and again, and leaves it with a
newline. So text after a carriage return that reads like tqdm's format is a bar; everything else is text, of
which stays what a terminal would show. The format: https://github.com/tqdm/tqdm/blob/master/tqdm/std.py
"""

from __future__ import annotations

import codecs
import itertools
import re
import threading
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from kodonb.model.settings import deterministic

INTERVAL: Final = 0.1
"""Least time between two events of a bar, in seconds."""

_LONGEST: Final = 64 * 1024  # of a line that has not ended; so that a program without newlines is seen
_MOST: Final = 256  # bars remembered

_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NUMBER: Final = r"\d+(?:\.\d+)?[kMGTPEZY]?"
_CLOSED: Final = re.compile(
    r"(?P<title>.*?):?\s*\d+(?:\.\d+)?%(?:\|[^|]*\|)?\s*"
    rf"(?P<done>{_NUMBER})/(?P<total>{_NUMBER})\s*\[(?P<times>.*)\]"
)
_OPEN: Final = re.compile(
    rf"(?:(?P<title>.*?):\s+)?(?P<done>{_NUMBER})(?P<unit>[^\d\[\]]*)\s\[(?P<times>\d+:\d\d.*)\]"
)
_RATE: Final = re.compile(
    r",\s*(?:(?:[\d.]+|\?)(?P<scale>[kMGTPEZY]?)(?P<each>[^/,]*)/s|[\d.]+s/(?P<slow>[^,]+))"
)


class Bar(NamedTuple):
    """What a drawn bar says.

    Attributes:
        title: Its description; empty if it has none.
        done: Units done.
        total: Units in all; `None` if unknown.
        unit: What is counted, ``"it"`` by default.
    """

    title: str
    done: float
    total: float | None
    unit: str


def bar_of(text: str) -> Bar | None:
    """Read a bar as tqdm draws it; `None` if the text is no bar."""
    text = _ANSI.sub("", text).strip()
    if match := _CLOSED.fullmatch(text):
        total: float | None = _number(match["total"])
        unit = ""
    elif match := _OPEN.fullmatch(text):
        total, unit = None, match["unit"].strip()
    else:
        return None
    unit = unit or _unit(match["times"], scaled=not match["done"].isdigit())
    return Bar((match["title"] or "").strip(), _number(match["done"]), total, unit)


def _number(text: str) -> float:
    scale = " kMGTPEZY".find(text[-1])
    value = float(text[:-1]) * 1000**scale if scale > 0 else float(text)
    return int(value) if value.is_integer() else value


def _unit(times: str, *, scaled: bool) -> str:
    match = _RATE.search(times)
    if match is None:
        return "it"
    # In `3.2Mol/s` the M belongs to the unit, unless the bar counts in k, M, G.
    fast = match["each"] if scaled else f"{match['scale'] or ''}{match['each'] or ''}"
    return (match["slow"] or fast or "").strip() or "it"


class Lines:
    """What one thread writes to one stream, cut into lines and bars."""

    def __init__(self) -> None:
        self._rest = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def decode(self, data: bytes) -> str:
        """Decode bytes; a character that is cut in two waits for its end."""
        return self._decoder.decode(data)

    def feed(self, text: str) -> list[str | Bar]:
        """Take written text; return whole lines, with their newlines, and bars."""
        whole = self._rest + text
        if "\r" in whole:
            return self._feed_overwritten(whole)
        head, newline, self._rest = whole.rpartition("\n")
        found: list[str | Bar] = [head + newline] if newline else []
        return found + ([self.flush()] if len(self._rest) > _LONGEST else [])

    def flush(self) -> str:
        """Give up a line that has not ended, unless it may be overwritten yet."""
        if "\r" in self._rest:
            return ""
        rest, self._rest = self._rest, ""
        return rest

    def end(self) -> str:
        """Give up whatever is left."""
        rest, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return _visible(rest.split("\r"))

    def _feed_overwritten(self, whole: str) -> list[str | Bar]:
        found: list[str | Bar] = []
        *lines, rest = whole.split("\n")
        for index, line in enumerate(lines):
            pieces = line.split("\r")
            found += _bars(pieces)
            visible = _visible(pieces)
            if visible or len(pieces) == 1:
                found.append(visible + "\n")
            elif index + 1 < len(lines):
                # Newlines move tqdm's cursor down to the next bar; below a bar they are no blank lines.
                lines[index + 1] = "\r" + lines[index + 1]
            else:
                rest = "\r" + rest
        return found + self._keep(rest)

    def _keep(self, rest: str) -> list[str | Bar]:
        """Remember the line that has not ended; bars in it are complete already."""
        pieces = rest.split("\r")
        visible, bars = _visible(pieces), _bars(pieces)
        if len(visible) > _LONGEST:
            self._rest = ""
            return [*bars, visible]
        if len(pieces) == 1:
            self._rest = rest
            return []
        if _is_bar(pieces[-1]):
            self._rest = "\r"
            return [visible + "\n", *bars] if visible else bars
        last = _ANSI.sub("", pieces[-1])
        # After a trailing return the visible text stays until something is written over it.
        stays = visible + "\r" if visible and not last.strip() else ""
        self._rest = f"\r{stays}{last if not last.strip() else visible}"
        return bars


def _bars(pieces: list[str]) -> list[str | Bar]:
    return [bar for piece in pieces[1:] if (bar := bar_of(piece))]


def _is_bar(piece: str) -> bool:
    return bar_of(piece) is not None


def _visible(pieces: list[str]) -> str:
    """Return what remains of a line whose pieces overwrite each other."""
    if len(pieces) == 1:
        return pieces[0]
    shown = [p for p in pieces[:1] if p.strip()]
    shown += [p for p in pieces[1:] if _ANSI.sub("", p).strip() and not _is_bar(p)]
    return shown[-1] if shown else ""


@dataclass
class _Shown:
    id: str
    bar: Bar
    sent: Bar | None = None
    at: float = float("-inf")


class Throttle:
    """Bars on their way to events: ten a second of each, and always its last."""

    def __init__(self) -> None:
        self._shown: dict[tuple[str, float | None], _Shown] = {}
        self._count = itertools.count(1)
        self._guard = threading.Lock()
        # How often a bar moves depends on how fast things are; that it begins and ends does not.
        self._interval = float("inf") if deterministic() else INTERVAL

    def update(self, bar: Bar, now: float) -> list[dict[str, Any]]:
        """Take a bar; return the payloads that are to be sent.

        Args:
            bar: The bar as drawn.
            now: Monotonic time in seconds.
        """
        with self._guard:
            payloads = self._forget((bar.title, bar.total), bar)
            shown = self._shown.setdefault((bar.title, bar.total), _Shown("", bar))
            shown.id = shown.id or f"tqdm-{next(self._count)}"
            shown.bar = bar
            due = bar.done == bar.total or now - shown.at >= self._interval
            return payloads + (_payload(shown, now) if due else [])

    def due(self, now: float) -> list[dict[str, Any]]:
        """Return what was held back and has waited long enough."""
        if not self._shown:
            return []
        with self._guard:
            waited = [shown for shown in self._shown.values() if now - shown.at >= self._interval]
            return [payload for shown in waited for payload in _payload(shown, now)]

    def rest(self) -> list[dict[str, Any]]:
        """Return everything that was held back."""
        return self.due(float("inf"))

    def _forget(self, key: tuple[str, float | None], bar: Bar) -> list[dict[str, Any]]:
        """Close the bar that this one replaces: of the same title, or the oldest of too many."""
        shown = self._shown.get(key)
        if shown is not None and _restarts(shown.bar, bar):
            return _payload(self._shown.pop(key), 0.0)
        if shown is None and len(self._shown) >= _MOST:
            return _payload(self._shown.pop(next(iter(self._shown))), 0.0)
        return []


def _restarts(old: Bar, new: Bar) -> bool:
    # Bars of the same title that are drawn in turn also go back; a new one starts at 0 or after an end.
    return new.done < old.done and (new.done == 0 or old.done == old.total)


def _payload(shown: _Shown, now: float) -> list[dict[str, Any]]:
    if shown.bar == shown.sent:
        return []
    shown.sent, shown.at = shown.bar, now
    return [{"id": shown.id, **shown.bar._asdict()}]
