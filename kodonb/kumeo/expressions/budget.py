"""Keeps loops within bounds: one in another, each over a long list, would go on for days."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kodonb.model.errors import RunError

_STEPS: Final = 200_000
_LETTERS: Final = 100  # as many letters, handled by a function, count as one step
_COMPARED: Final = 8  # as do so many elements of a list that something is compared with


class Budget:
    """What one evaluation may still do."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _STEPS

    def spend(self, steps: int) -> None:
        """Take note of steps.

        Raises:
            RunError: There were too many (KN303).
        """
        self._left -= steps
        if self._left < 0:
            raise RunError(
                f"a condition took more than {_STEPS:,} steps",
                code="KN303",
                remedy="make the lists shorter that all(…) or any(…) goes through",
            )


class _Key:
    """Where fields keep the budget; no name in a text can mean it."""


BUDGET: Final = _Key()


def spending(run: Callable[[Mapping[Any, Any]], Any]) -> Callable[[Mapping[Any, Any]], Any]:
    """Return a function that counts what another one did, by the size of what it made and was given."""

    def counted(fields: Mapping[Any, Any]) -> Any:
        value = run(fields)
        size = len(value) if isinstance(value, str | list) else 0
        fields[BUDGET].spend(1 + size // _LETTERS)
        return value

    return counted


def weighed(run: Callable[[Mapping[Any, Any]], Any]) -> Callable[[Mapping[Any, Any]], Any]:
    """Return a function that counts, by its size, what another one gives to be compared with."""

    def counted(fields: Mapping[Any, Any]) -> Any:
        value = run(fields)
        if isinstance(value, list | tuple):
            fields[BUDGET].spend(len(value) // _COMPARED)
        return value

    return counted
