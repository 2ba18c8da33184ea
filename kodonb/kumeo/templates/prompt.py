"""Prompts: ``{{name}}``, ``{{context.x}}`` and ``{{#if x}} … {{/if}}``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from kodonb.kumeo.templates.parts import Branch, Hole, Part, parts
from kodonb.model.errors import RunError

LARGEST: Final = 4_000_000
"""Most characters of a prompt that was filled in."""


class Prompt:
    """A prompt that can be filled in.

    Args:
        text: What it says; whatever is no placeholder stays as it is.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts = parts(text)

    def render(self, values: Mapping[str, Any]) -> str:
        """Return the prompt with values in place of names; null leaves nothing.

        Raises:
            RunError: It became too large (KN312).
        """
        found: list[str] = []
        left = LARGEST
        for piece in _rendered(self._parts, values):
            left -= len(piece)
            if left < 0:
                raise RunError(
                    f"the prompt has more than {LARGEST:,} characters",
                    code="KN312",
                    remedy="give the agent less input, or a part of it",
                )
            found.append(piece)
        return "".join(found)

    def placeholders(self) -> Iterator[tuple[str, int]]:
        """Yield the names that are filled in or asked for, with dots, and where each stands."""
        yield from _names(self._parts)


def _rendered(found: tuple[Part, ...], values: Mapping[str, Any]) -> Iterator[str]:
    for part in found:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Hole):
            yield shown(part.what.value(values))
        else:
            yield from _rendered(part.then if part.test.holds(values) else part.otherwise, values)


def shown(value: Any) -> str:
    """Return a value as it stands in a prompt: text as it is, everything else as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _names(found: tuple[Part, ...]) -> Iterator[tuple[str, int]]:
    for part in found:
        if isinstance(part, Hole):
            yield from ((path, part.at) for path in part.what.paths())
        elif isinstance(part, Branch):
            yield from ((path, part.at) for path in part.test.paths())
            yield from _names(part.then)
            yield from _names(part.otherwise)


@lru_cache(maxsize=1024)
def prompt(text: str) -> Prompt:
    """Return a prompt; the same text is read once."""
    return Prompt(text)
