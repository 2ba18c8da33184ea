"""BIF, the interchange format: https://www.cs.washington.edu/dm/vfml/appendixes/bif.htm.

In a `table`, the states of the parents change first, the last parent's fastest.
"""

from __future__ import annotations

import re
from typing import Final

from kodonb.kumeo.agents.inferring.nodes import Node, Unreadable, combinations, number, rows, size

_TOKEN: Final = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|(\Z))|"([^"]*)"|([{}()\[\];])|([^\s,|{}()\[\];"]+)', re.DOTALL
)


def read(text: str) -> dict[str, Node]:
    """Return the variables of a BIF file.

    Raises:
        Unreadable: It is none.
    """
    return _Reading(text).run()


class _Reading:
    def __init__(self, text: str) -> None:
        self._tokens = [_token(match) for match in _TOKEN.finditer(text) if match.lastindex]
        self._at = 0
        self._nodes: dict[str, Node] = {}

    def run(self) -> dict[str, Node]:
        while self._at < len(self._tokens):
            match self._next():
                case "network":
                    self._skip("{")
                    self._skip("}")
                case "variable":
                    self._variable()
                case "probability":
                    self._probability()
                case said:
                    raise Unreadable(f"found {said!r} where `variable` or `probability` is expected")
        return self._nodes

    def _next(self) -> str:
        if self._at == len(self._tokens):
            raise Unreadable("it ends in the middle")
        self._at += 1
        return self._tokens[self._at - 1]

    def _skip(self, end: str) -> list[str]:
        """Return what comes before a sign, which is passed."""
        start = self._at
        while self._next() != end:
            pass
        return self._tokens[start : self._at - 1]

    def _expect(self, sign: str) -> None:
        said = self._next()
        if said != sign:
            raise Unreadable(f"expected {sign!r}, found {said!r}")

    def _variable(self) -> None:
        name = self._next()
        if name in self._nodes:
            raise Unreadable(f"{name} is defined twice")
        self._expect("{")
        states: list[str] = []
        while (said := self._next()) != "}":
            if said == "type":
                self._skip("{")
                states = self._skip("}")
            self._skip(";")
        self._nodes[name] = Node(states)

    def _probability(self) -> None:
        self._expect("(")
        name, *parents = self._skip(")")
        if name not in self._nodes:
            raise Unreadable(f"{name} has probabilities, but is no variable")
        node = self._nodes[name]
        node.parents, node.rows = parents, {}
        size(self._nodes, name)
        default: list[float] | None = None
        self._expect("{")
        while (said := self._next()) != "}":
            if said == "table":
                node.rows = self._table(name, [number(each) for each in self._skip(";")])
            elif said == "(":
                states = tuple(self._skip(")"))
                node.rows[states] = [number(each) for each in self._skip(";")]
            elif said == "default":
                default = [number(each) for each in self._skip(";")]
            else:
                self._skip(";")  # a property
        if default is not None:
            for states in combinations(self._nodes, name):
                node.rows.setdefault(states, default)

    def _table(self, name: str, numbers: list[float]) -> dict[tuple[str, ...], list[float]]:
        states = list(combinations(self._nodes, name))
        count = len(states)
        turned = [numbers[at] for first in range(count) for at in range(first, len(numbers), count)]
        return rows(states, len(self._nodes[name].states), turned, name)


def _token(match: re.Match[str]) -> str:
    if match[1] is not None:
        raise Unreadable("a comment has no end")
    return next(group for group in match.groups() if group is not None)
