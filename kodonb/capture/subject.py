"""The object a name is bound to, while it is being written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NamedTuple

from kodonb.capture import problems
from kodonb.capture.definitions import Found, anywhere
from kodonb.capture.sources import Library, place
from kodonb.capture.unit import Chunk, Import, Unit
from kodonb.capture.unwrap import function_of, wraps
from kodonb.model.errors import CaptureError


class Written(NamedTuple):
    """A unit and what comes with it.

    Attributes:
        unit: The lines.
        imports: Modules that kodonb's own lines need.
        mentions: Modules that a pickle needs.
        notices: What the user should be told.
    """

    unit: Unit
    imports: frozenset[Import] = frozenset()
    mentions: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()


class UnwritableError(Exception):
    """An object that cannot be written.

    Args:
        problem: Makes the error to report, given the place where the object is used.
    """

    def __init__(self, problem: Callable[[str], CaptureError]) -> None:
        super().__init__()
        self.problem = problem


@dataclass(frozen=True)
class Subject:
    """A name, what it is bound to, and where.

    Attributes:
        name: The name.
        value: The object.
        home: The namespace that is captured.
        library: Sources of the namespace.
    """

    name: str
    value: object
    home: Mapping[str, Any]
    library: Library

    @property
    def kind(self) -> str:
        """Name of the object's type."""
        return type(self.value).__qualname__

    def is_home(self, value: object) -> bool:
        """Whether a function or class says that it was defined in the namespace."""
        return getattr(value, "__module__", None) == self.home.get("__name__")

    def definition_name(self, value: object) -> str | None:
        """Return the name under which the namespace defines a function, class, step or flow."""
        name = None
        if isinstance(value, type):
            name = value.__name__ if self.is_home(value) else None
        elif isinstance(value, FunctionType) or wraps(value):
            function = function_of(value)
            name = function.__name__ if function is not None and function.__globals__ is self.home else None
        return name if name is not None and self.home.get(name) is value else None

    def reference(self, value: object) -> str | None:
        """Return a name of the namespace for a part of the object."""
        name = getattr(value, "__name__", None)
        if value is self.value or not isinstance(name, str) or name == self.name:
            return None
        return name if self.home.get(name) is value else None

    def unit(
        self, found: Found, *chunks: Chunk, postponed: bool | None = None, clobbers: str | None = None
    ) -> Unit:
        """Make a unit of lines that were found."""
        later = found.postponed if postponed is None else postponed
        return Unit(self.name, chunks, self.rank(found), later, clobbers)

    def rank(self, found: Found | None) -> tuple[int, int]:
        """Return the place of a statement in the user's order; lines of kodonb come first."""
        return (self.library.rank(found.source), found.line) if found is not None else (-1, 0)

    def origin(self) -> str | None:
        """Say where the name was bound, if its source is known."""
        found = anywhere(self.name, self.library)
        return place(found.source.label, found.line) if found is not None else None

    def is_data(self) -> UnwritableError:
        """Return the answer that the object must be an input."""
        return UnwritableError(lambda use: problems.data(self.name, self.kind, use))

    def is_secret(self) -> UnwritableError:
        """Return the answer that the object must be an input, as it is a secret or holds one."""
        origin = self.origin()
        return UnwritableError(lambda use: problems.secret(self.name, self.kind, origin or use))

    def is_unsourced(self, kind: str) -> UnwritableError:
        """Return the answer that no source text was found."""
        return UnwritableError(lambda use: problems.unsourced(self.name, kind, use))
