"""The parts of a prompt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from kodonb.kumeo.expressions import Condition, Malformed, condition

_LONGEST: Final = 500
_DEEPEST: Final = 20


class Hole(NamedTuple):
    """``{{name}}``: what is filled in; `at` is the number of its first character in the text."""

    what: Condition
    at: int


class Branch(NamedTuple):
    """``{{#if x}} … {{else}} … {{/if}}``."""

    test: Condition
    at: int
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


Part = str | Hole | Branch


class _Tag(NamedTuple):
    """Something in two braces; `kind` is ``if``, ``else``, ``end`` or ``hole``."""

    kind: str
    what: Condition | None
    start: int
    end: int


def parts(text: str) -> tuple[Part, ...]:
    """Return the parts of a prompt. What is no placeholder is text: prompts show JSON, and code."""
    tags = list(_tags(text))
    return _Reader(text, tags).read()


def _tags(text: str) -> Iterator[_Tag]:
    at = text.find("{{")
    while at >= 0:
        end = text.find("}}", at)
        if end < 0:
            return
        if end - at > _LONGEST:  # nothing that begins so far before its end is a placeholder
            at = text.find("{{", end - _LONGEST)
            continue
        tag = _tag(text[at + 2 : end].strip(), at, end + 2)
        if tag is not None:
            yield tag
        at = text.find("{{", tag.end if tag is not None else at + 1)


def _tag(inside: str, start: int, end: int) -> _Tag | None:
    if inside in {"else", "/if"}:
        return _Tag("else" if inside == "else" else "end", None, start, end)
    word, _, rest = inside.partition(" ")
    if "{" in inside:
        return None
    try:
        if word == "#if":
            return _Tag("if", condition(rest), start, end)
        return _Tag("hole", condition(inside), start, end)
    except Malformed:
        return None


class _Reader:
    """Puts branches together.

    Args:
        text: The prompt.
        tags: What stands in two braces in it.
    """

    def __init__(self, text: str, tags: list[_Tag]) -> None:
        self._text = text
        self._tags = tags
        self._next = 0
        self._at = 0

    def read(self) -> tuple[Part, ...]:
        """Return all parts."""
        found: list[Part] = []
        while self._next < len(self._tags):
            found += self._until(0)
            if self._next < len(self._tags):  # an {{else}} or {{/if}} of nothing is text
                tag = self._tags[self._next]
                self._next += 1
                self._at = tag.end
                found.append(self._text[tag.start : tag.end])
        return (*found, self._text[self._at :])

    def _until(self, depth: int) -> list[Part]:
        """Read up to a tag that ends a branch, or to the end."""
        found: list[Part] = []
        while self._next < len(self._tags):
            tag = self._tags[self._next]
            found.append(self._text[self._at : tag.start])
            self._at = tag.start
            if tag.kind in {"else", "end"} or depth > _DEEPEST:
                return found
            self._next += 1
            self._at = tag.end
            assert tag.what is not None
            found.append(Hole(tag.what, tag.start) if tag.kind == "hole" else self._branch(tag, depth))
        if depth:
            found.append(self._text[self._at :])
            self._at = len(self._text)
        return found

    def _branch(self, tag: _Tag, depth: int) -> Branch:
        then, otherwise = self._until(depth + 1), []
        if self._passes("else"):
            otherwise = self._until(depth + 1)
        self._passes("end")
        assert tag.what is not None
        return Branch(tag.what, tag.start, tuple(then), tuple(otherwise))

    def _passes(self, kind: str) -> bool:
        if self._next >= len(self._tags) or self._tags[self._next].kind != kind:
            return False
        self._at = self._tags[self._next].end
        self._next += 1
        return True
