"""A condition, ready to be evaluated."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from kodonb.kumeo.expressions import nodes
from kodonb.kumeo.expressions.budget import BUDGET, Budget
from kodonb.kumeo.expressions.compiling import compiled
from kodonb.kumeo.expressions.nodes import Expression
from kodonb.kumeo.expressions.parsing import parse
from kodonb.kumeo.expressions.paths import inside, paths
from kodonb.model.errors import RunError


class Condition:
    """An expression that can be evaluated, by any number of threads.

    Args:
        text: What it says.

    Raises:
        Malformed: It is none.

    Attributes:
        text: What it says.
        tree: Its parts.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree: Expression = parse(text)
        self._run = compiled(self.tree)
        self._loops = any(isinstance(node, nodes.Each) for node in inside(self.tree))

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"

    def value(self, fields: Mapping[str, Any]) -> Any:
        """Return what the expression says of some fields.

        Args:
            fields: Names -> values: texts, numbers, `True`, `False`, `None`, lists and mappings of such.

        Raises:
            RunError: It takes too many steps, or the values are nested too deeply (KN303).
        """
        try:
            return self._run({**fields, BUDGET: Budget()} if self._loops else fields)
        except RecursionError:
            raise RunError(
                "the values are nested too deeply", code="KN303", remedy="compare parts of them"
            ) from None
        except OverflowError:
            return None  # a whole number that is too large for a calculation with fractions

    def holds(self, fields: Mapping[str, Any]) -> bool:
        """Return whether the condition holds: it says something else than null, false, zero or nothing."""
        return bool(self.value(fields))

    def paths(self) -> Iterator[str]:
        """Yield the fields that are read, with dots."""
        return paths(self.tree)


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """Return a condition; the same text is parsed once.

    Raises:
        Malformed: It is none.
    """
    return Condition(text)


def picker(conditions: Sequence[Condition]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]] | None:
    """Return a function that takes several fields at once and raises `KeyError` where one is missing.

    Args:
        conditions: What says which; there is no such function unless they are two or more, and each a mere name.
    """
    names = [each.tree.name for each in conditions if isinstance(each.tree, nodes.Name)]
    return operator.itemgetter(*names) if len(names) == len(conditions) > 1 else None
