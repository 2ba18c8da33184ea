"""Plain data: told apart from other objects and written as Python."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import pathlib
import sys
import uuid
from types import EllipsisType, NoneType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 64 * 1024
"""Largest text or pickle, in bytes, that may be written into a module; anything larger is an input."""

LITERAL: Final = (NoneType, EllipsisType, bool, str, bytes, range, slice)
"""Types whose `repr` is Python as it stands."""

_BRACKETS: Final[dict[Any, tuple[str, str]]] = {list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}
MODULES: Final[dict[Any, str]] = {
    **dict.fromkeys((dt.datetime, dt.date, dt.time), "datetime"),
    **dict.fromkeys((dt.timedelta, dt.timezone), "datetime"),
    decimal.Decimal: "decimal",
    fractions.Fraction: "fractions",
    uuid.UUID: "uuid",
}
"""Types of the standard library that count as plain data, with their modules."""


class NotPlainError(Exception):
    """A value is not plain data."""


class TooLargeError(Exception):
    """Plain data that would fill the module."""


class Writer:
    """Writes plain data as Python.

    Args:
        name_of: Returns the name of a function or class that the module may refer to, else `None`.
        home: Name of the module that is being captured; nothing is imported from it.

    Attributes:
        modules: Modules that the text needs under their `alias`.
    """

    def __init__(self, name_of: Callable[[object], str | None], home: object = "__main__") -> None:
        self.modules: set[str] = set()
        self._name_of = name_of
        self._home = home
        self._open: set[int] = set()
        self._written = 0

    def write(self, value: object) -> str:
        """Return text that evaluates to the value.

        Raises:
            NotPlainError: The value, or something in it, is not plain data.
            TooLargeError: The text grows beyond `LIMIT`.
        """
        if isinstance(value, list | tuple | set | frozenset | dict):
            text = self._container(value)
        else:
            text = self._scalar(value)
            self._written += len(text)
        if self._written > LIMIT:
            raise TooLargeError
        return text

    def _container(self, value: Any) -> str:
        if id(value) in self._open:
            raise NotPlainError
        self._open.add(id(value))
        self._written += 2
        try:
            return self._items(value)
        finally:
            self._open.discard(id(value))

    def _items(self, value: Any) -> str:
        kind = type(value)
        if kind is dict:
            return "{" + ", ".join(f"{self.write(k)}: {self.write(v)}" for k, v in value.items()) + "}"
        if kind is frozenset or (kind is set and not value):
            return f"{kind.__name__}({self.write(set(value)) if value else ''})"
        if kind not in _BRACKETS:
            return self._scalar(value)
        items = [self.write(item) for item in value]
        opening, closing = _BRACKETS[kind]
        # Sets have no order of their own; without one the hash would change from process to process.
        inner = ", ".join(sorted(items) if kind is set else items)
        return f"{opening}{inner}{',' if kind is tuple and len(items) == 1 else ''}{closing}"

    def _scalar(self, value: Any) -> str:  # noqa: PLR0911 - one line for each kind
        kind = type(value)
        if isinstance(value, enum.Enum):
            return self._member(value)
        if isinstance(value, type) or callable(value):
            return self._reference(value)
        if kind is slice:
            return f"slice({self.write(value.start)}, {self.write(value.stop)}, {self.write(value.step)})"
        if kind in LITERAL:
            return "..." if value is ... else repr(value)
        if kind is int:
            return _integer(value)
        if kind in (float, complex):
            return _floating(repr(value))
        return self._standard(value)

    def _reference(self, value: Any) -> str:
        name = self._name_of(value)
        if name is not None:
            return name
        module, path = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
        if not (isinstance(module, str) and isinstance(path, str)) or module in ("__main__", self._home):
            raise NotPlainError
        if getattr(sys.modules.get(module), path, None) is not value:
            raise NotPlainError
        return path if module == "builtins" else f"{self._module(module)}.{path}"

    def _member(self, value: enum.Enum) -> str:
        owner = self._reference(type(value))
        if type(value).__members__.get(value.name or "") is value:
            return f"{owner}.{value.name}"
        if not isinstance(value, enum.Flag):
            raise NotPlainError
        return f"{owner}({value.value!r})"

    def _standard(self, value: Any) -> str:
        kind = type(value)
        if isinstance(value, pathlib.PurePath) and kind.__module__.startswith("pathlib"):
            name = "Path" if isinstance(value, pathlib.Path) else kind.__name__
            return f"{self._module('pathlib')}.{name}({str(value)!r})"
        if kind in MODULES:
            module = MODULES[kind]
            zone = getattr(value, "tzinfo", None)
            if zone is not None and type(zone) is not dt.timezone:
                raise NotPlainError
            text = repr(value)
            if module != "datetime":
                return f"{self._module(module)}.{text}"
            return text.replace("datetime.", f"{self._module(module)}.")
        if _is_numpy_scalar(value):
            return f"{self._module('numpy')}.{kind.__name__}({value.item()!r})"
        raise NotPlainError

    def _module(self, name: str) -> str:
        self.modules.add(name)
        return alias(name)


def alias(module: str) -> str:
    """Return the name under which a captured module imports what only kodonb's lines need."""
    return f"_{module.replace('.', '_')}"


def _integer(value: int) -> str:
    return repr(value) if value.bit_length() < 4096 else hex(value)


def _floating(text: str) -> str:
    # A module cannot say `nan` or `inf`, but a string can.
    special = "nan" in text or "inf" in text
    return f"{'complex' if 'j' in text else 'float'}({text!r})" if special else text


def _is_numpy_scalar(value: object) -> bool:
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, (numpy.bool_, numpy.integer, numpy.floating)):
        return False
    return type(value).__name__ != "longdouble"
