"""What is known of a value without making it."""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kodonb.capture.slicing.statements import Statement

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Kind(enum.Enum):
    """Kinds of values, those first that a mixture is taken for."""

    HANDLE = "an open file"
    FILE = "what was read from a data file"
    PATH = "the path of a data file"
    OBJECT = "an object of a class of another package"
    UNKNOWN = "anything"
    OWN = "an object of a class of the notebook"
    FUNCTION = "a function of the notebook"
    CLASS = "a class of the notebook"
    OUTER = "a module, function or class of elsewhere"
    PLAIN = "plain data"


_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, eq=False)
class Value:
    """A value.

    Attributes:
        kind: What kind of value it is.
        name: Full name of a module, function or class of elsewhere.
        node: Definition of a function, a class, or the class of an object.
        home: The statement that the definition is part of.
        around: Local names that a definition sees.
    """

    kind: Kind
    name: str = ""
    node: Function | ast.ClassDef | None = None
    home: Statement | None = None
    around: Mapping[str, Value] = field(default_factory=dict)

    @property
    def is_callable(self) -> bool:
        """Whether it is a function or a class of the notebook."""
        return self.kind in (Kind.FUNCTION, Kind.CLASS)


PLAIN = Value(Kind.PLAIN)
UNKNOWN = Value(Kind.UNKNOWN)
OBJECT = Value(Kind.OBJECT)
FILE = Value(Kind.FILE)
PATH = Value(Kind.PATH)
HANDLE = Value(Kind.HANDLE)


def mixed(values: Iterable[Value]) -> Value:
    """Return what a mixture of values is taken for; plain data if there are none."""
    return min(values, key=lambda value: _ORDER[value.kind], default=PLAIN)


class RefusedError(Exception):
    """Something must not be executed when a module is imported.

    Args:
        reason: Why, as the end of a sentence that begins with "it".
        where: The place.
        code: Code of the error.
        kind: What the value would be, if that is why.
    """

    def __init__(self, reason: str, where: str, *, code: str = "KN103", kind: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where
        self.code = code
        self.kind = kind
