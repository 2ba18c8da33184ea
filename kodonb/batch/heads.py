"""Cell magics: what stands below them, and what they bind."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_HEAD: Final = re.compile(r"(?P<above>\s*)%%(?P<name>\S+)[ \t]*(?P<rest>[^\n]*)(?P<end>\n?)")
_WORD: Final = re.compile(r"[^\W\d]\w*")
_WORKFLOW: Final = re.compile(r"\bworkflow\s+([A-Za-z_]\w*)")

_PYTHON: Final = frozenset({"time", "capture", "prun", "flow", "memit"})
_FOREIGN: Final = frozenset({
    "!", "HTML", "SVG", "bash", "cmd", "debug", "file", "html", "javascript", "js", "latex", "markdown", "perl",
    "pypy", "python", "python2", "python3", "ruby", "script", "sh", "svg", "sx", "system", "timeit", "writefile",
})  # fmt: skip
_OPAQUE: Final = frozenset({"macro", "px", "R", "spark"})


class Head(NamedTuple):
    """The first line of a cell with a cell magic.

    Attributes:
        name: Name of the magic, without ``%%``.
        rest: What stands behind it.
        line: Its line, from 1.
        binds: Names that it binds.
    """

    name: str
    rest: str
    line: int
    binds: frozenset[str] = frozenset()

    @property
    def python(self) -> bool:
        """Whether the cell below is Python that is executed in the notebook."""
        return self.name in _PYTHON

    @property
    def opaque(self) -> bool:
        """Whether the cell may bind any name."""
        return self.name in _OPAQUE

    def perhaps(self, body: str) -> frozenset[str]:
        """Return names that a cell which is not Python may bind: `%%bash --out x`, `%%cython`."""
        if self.name == "kumeo":
            return frozenset(_WORD.findall(self.rest)).union(_WORKFLOW.findall(body))
        told = self.rest if self.name in _FOREIGN else f"{self.rest}\n{body}"
        return frozenset(_WORD.findall(told))


def split(text: str) -> tuple[Head | None, str]:
    """Return the cell magic of a cell, and the cell with an empty line in its place.

    Of several above each other, as in ``%%time`` above ``%%capture``, the innermost is returned if all of them
    leave the cell to Python.
    """
    found, binds = None, frozenset[str]()
    while (match := _HEAD.match(text)) and (found is None or found.python):
        line = match["above"].count("\n") + 1
        binds |= _bound(match["name"], match["rest"])
        found = Head(match["name"], match["rest"].strip(), line, binds)
        text = f"{match['above']}{match['end']}{text[match.end() :]}"
    return found, text


def _bound(name: str, rest: str) -> frozenset[str]:
    plain = [word for word in rest.split() if word.isidentifier()]
    return frozenset(plain[:1]) if name in {"capture", "flow"} else frozenset()
