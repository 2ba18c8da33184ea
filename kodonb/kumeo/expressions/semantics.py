"""What operators mean.

Nothing is ever raised here: what has no meaning is null, and a comparison with null is false.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

LARGEST: Final = 1_000_000
"""Most characters of a text, and most elements of a list, that an expression makes."""

_WIDEST: Final = 1 << 4096  # whole numbers beyond it are no result of anything sensible
_NUMBER: Final = (int, float)


def is_number(value: Any) -> bool:
    """Whether a value is a number; `true` and `false` are none."""
    return isinstance(value, _NUMBER) and value is not True and value is not False


def is_list(value: Any) -> bool:
    """Whether a value is a list."""
    kind = type(value)
    return (
        kind is list or kind is tuple or (isinstance(value, Sequence) and not isinstance(value, str | bytes))
    )


def member(of: Any, name: str) -> Any:
    """Return a field; null if there is none."""
    if type(of) is dict or isinstance(of, Mapping):
        return of.get(name)
    return None


def item(of: Any, at: Any) -> Any:
    """Return an element of a list, a letter of a text, or a field."""
    if isinstance(at, str):
        return member(of, at)
    if not isinstance(at, int) or isinstance(at, bool) or not (is_list(of) or isinstance(of, str)):
        return None
    return of[at] if -len(of) <= at < len(of) else None


def equal(left: Any, right: Any) -> bool:
    """Whether two values are equal; of different kinds they never are."""
    if left is None or right is None:
        return False
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return bool(left == right)


def unequal(left: Any, right: Any) -> bool:
    """Whether two values differ; null does not."""
    return left is not None and right is not None and not equal(left, right)


def ordered(left: Any, right: Any) -> bool:
    """Whether two values have an order: two numbers, or two texts."""
    return (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))


def contains(left: Any, right: Any) -> bool:
    """Whether a value is in a list, a field of an object, or part of a text."""
    if left is None or right is None:
        return False
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    if isinstance(right, Mapping):
        return isinstance(left, str) and left in right
    return is_list(right) and any(equal(left, each) for each in right)


def lacks(left: Any, right: Any) -> bool:
    """Whether a value is not in a list, an object or a text."""
    return left is not None and right is not None and not contains(left, right)


def add(left: Any, right: Any) -> Any:
    """Return the sum of numbers, or texts or lists after one another."""
    if is_number(left) and is_number(right):
        return bounded(left + right)
    both = (isinstance(left, str) and isinstance(right, str)) or (is_list(left) and is_list(right))
    if not both or len(left) + len(right) > LARGEST:
        return None
    return left + right if isinstance(left, str) else [*left, *right]


def subtract(left: Any, right: Any) -> Any:
    """Return the difference of numbers."""
    return bounded(left - right) if is_number(left) and is_number(right) else None


def multiply(left: Any, right: Any) -> Any:
    """Return the product of numbers."""
    return bounded(left * right) if is_number(left) and is_number(right) else None


def divide(left: Any, right: Any) -> Any:
    """Return the quotient of numbers; by zero there is none."""
    return bounded(left / right) if is_number(left) and is_number(right) and right else None


def remainder(left: Any, right: Any) -> Any:
    """Return what is left of a division of numbers."""
    return bounded(left % right) if is_number(left) and is_number(right) and right else None


def negative(value: Any) -> Any:
    """Return a number with the other sign."""
    return -value if is_number(value) else None


def bounded(value: Any) -> Any:
    """Return a whole number unless it is beyond all measure."""
    return None if isinstance(value, int) and not -_WIDEST < value < _WIDEST else value
