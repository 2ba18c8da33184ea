"""Settings in texts: ``${env.NAME}``, ``${env.NAME:-default}`` and ``${section.path}``; a default may hold others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from kodonb.model.errors import UsageError

_SIGN: Final = re.compile(r"\$\{(?P<path>[A-Za-z_][\w./-]*+)(?:\}|(?P<default>:-))|\}", re.ASCII)
_DEEPEST: Final = 20


class Setting(NamedTuple):
    """``${path:-default}``.

    Attributes:
        path: What is looked up.
        default: What is taken if it is missing or empty; `None` if it may not be.
        start: Number of its first character in the text.
        end: Number of the character after it.
    """

    path: str
    default: tuple[str | Setting, ...] | None
    start: int
    end: int


class Interpolated:
    """A text with settings in it.

    Args:
        text: What it says; whatever is no setting stays as it is.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.parts = _read(text)

    def render(self, lookup: Callable[[str], str | None]) -> str:
        """Return the text with settings filled in.

        Args:
            lookup: Returns what a path such as ``env.HOME`` or ``config.region`` stands for; `None` if nothing.

        Raises:
            UsageError: A setting is missing and has no default (KN007).
        """
        return "".join(_rendered(self.parts, lookup))

    def settings(self) -> Iterator[Setting]:
        """Yield all settings, those in defaults too."""
        yield from _settings(self.parts)


class _Open(NamedTuple):
    """A setting whose default is being read."""

    path: str
    start: int
    parts: list[str | Setting]


def _read(text: str) -> tuple[str | Setting, ...]:
    """Return the parts of a text; one pass, however its braces are nested."""
    stack = [_Open("", 0, [])]
    at = 0
    for found in _SIGN.finditer(text):
        if found[0] == "}" and len(stack) == 1:
            continue
        stack[-1].parts.append(text[at : found.start()])
        at = found.end()
        if found[0] == "}":
            done = stack.pop()
            stack[-1].parts.append(Setting(done.path, _whole(done.parts), done.start, at))
        elif found["default"] is None:
            stack[-1].parts.append(Setting(found["path"], None, found.start(), at))
        elif len(stack) > _DEEPEST:
            stack[-1].parts.append(found[0])
        else:
            stack.append(_Open(found["path"], found.start(), []))
    stack[-1].parts.append(text[at:])
    while len(stack) > 1:  # what has no end is text
        left = stack.pop()
        stack[-1].parts.extend([f"${{{left.path}:-", *left.parts])
    return _whole(stack[0].parts)


def _whole(found: list[str | Setting]) -> tuple[str | Setting, ...]:
    return tuple(part for part in found if part != "")


def _rendered(found: tuple[str | Setting, ...], lookup: Callable[[str], str | None]) -> Iterator[str]:
    for part in found:
        if isinstance(part, str):
            yield part
            continue
        value = lookup(part.path)
        if value:
            yield value
        elif part.default is not None:
            yield from _rendered(part.default, lookup)
        elif value is None:
            raise UsageError(
                f"${{{part.path}}} is not set",
                code="KN007",
                remedy=f"set it, or write a default: ${{{part.path}:-…}}",
            )


def _settings(found: tuple[str | Setting, ...]) -> Iterator[Setting]:
    for part in found:
        if isinstance(part, Setting):
            yield part
            yield from _settings(part.default or ())


def blank(text: str) -> str:
    """Return a text with a 0 for each of its settings, so that an expression can be read before they are known."""
    return interpolated(text).render(lambda _: "0") if "${" in text else text


@lru_cache(maxsize=1024)
def interpolated(text: str) -> Interpolated:
    """Return a text with settings; the same text is read once."""
    return Interpolated(text)
