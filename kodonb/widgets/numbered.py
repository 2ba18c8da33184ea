"""What a widget has told and when, so that a view that comes late is told what it missed."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec

from kodonb.widgets.messages import PROTOCOL, Head, Push, Question, RunState, Sections

STATE_BYTES: Final = 32 * 1024
"""Most bytes of the trait that is kept with a notebook."""

_SMALL: Final = ("head", "questions", "progress", "answers", "counts")


class Numbered:
    """The sections of one run, each with the number of the push that told it last.

    Args:
        run: Id of the run.
    """

    def __init__(self, run: str) -> None:
        self.run = run
        self.number = 0
        self._told: dict[str, tuple[int, bytes, Any]] = {}
        self._at: dict[str, float] = {}

    def push(self, sections: Sections) -> tuple[Push, int] | None:
        """Return what is new in the sections, and its size in bytes; `None` if nothing is."""
        changed: dict[str, Any] = {}
        size = 0
        for name in Sections.__struct_fields__:
            value = getattr(sections, name)
            body = msgspec.json.encode(value)
            if value is None or (name in self._told and _same(name, self._told[name][1], body)):
                continue
            changed[name] = value
            self._told[name] = (self.number + 1, body, value)
            self._at[name] = time.monotonic()
            size += len(body)
        if not changed:
            return None
        self.number += 1
        return Push(run=self.run, number=self.number, sections=Sections(**changed)), size

    def since(self, number: int) -> Push:
        """Return all that was told after a push."""
        told = {name: self._now(name) for name, (at, _, _) in self._told.items() if at > number}
        return Push(run=self.run, number=self.number, sections=Sections(**told))

    def state(self) -> dict[str, Any]:
        """Return the trait: the small sections as far as they fit."""
        room = STATE_BYTES - 512  # of what stands around them
        small: dict[str, Any] = {}
        for name in _SMALL:
            _, body, value = self._told.get(name, (0, b"", None))
            if value is not None and len(body) <= room:
                room -= len(body)
                small[name] = self._now(name)
        made = RunState(protocol=PROTOCOL, run=self.run, number=0, sections=Sections(**small))
        built: dict[str, Any] = msgspec.to_builtins(made)
        return built

    def _now(self, name: str) -> Any:
        """Return what was told of a section, with the time that has gone by since."""
        value, gone = self._told[name][2], round(time.monotonic() - self._at[name], 1)
        if isinstance(value, Head) and not value.ended and value.elapsed is not None:
            return msgspec.structs.replace(value, elapsed=value.elapsed + gone)
        if name == "questions":
            return tuple(_later(asked, gone) for asked in value)
        return value


def _later(asked: Question, gone: float) -> Question:
    return asked if asked.left is None else msgspec.structs.replace(asked, left=max(0.0, asked.left - gone))


def _same(name: str, before: bytes, now: bytes) -> bool:
    if name not in {"head", "questions"}:
        return before == now
    # Time goes by in the front end by itself: that alone is no news.
    return bool(_timeless(name, before) == _timeless(name, now))


def _timeless(name: str, body: bytes) -> Any:
    told = msgspec.json.decode(body)
    if name == "head":
        return told if told["ended"] else told | {"elapsed": None}
    return [asked | {"left": None} for asked in told]
