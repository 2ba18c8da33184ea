"""What a notebook binds, all cells together."""

from __future__ import annotations

from functools import cached_property

from kodonb.batch.lint.sheet import Sheet


class Book:
    """The names of a notebook.

    Args:
        sheet: The notebook.
    """

    def __init__(self, sheet: Sheet) -> None:
        self._codes = [(cell.number, cell.code) for cell in sheet.cells]

    @cached_property
    def bound_first(self) -> dict[str, int]:
        """Names that cells bind, with the number of the first that does."""
        first: dict[str, int] = {}
        for number, code in self._codes:
            for use in code.names.now:
                if use.kind == "bind":
                    first.setdefault(use.name, number)
        return first

    @cached_property
    def deleted(self) -> dict[str, list[int]]:
        """Names that cells delete, with the numbers of these cells."""
        found: dict[str, list[int]] = {}
        for number, code in self._codes:
            for use in code.names.now:
                if use.kind == "delete":
                    found.setdefault(use.name, []).append(number)
        return found

    @cached_property
    def unsure(self) -> frozenset[str]:
        """Names that may be bound anywhere: by functions, by magics, or the code asks whether they are."""
        parts = ((code.names.sets, code.names.asked, code.perhaps) for _, code in self._codes)
        return frozenset().union(*(names for part in parts for names in part))

    @cached_property
    def bound(self) -> frozenset[str]:
        """Names that are bound somewhere, or may be."""
        return self.unsure.union(self.bound_first)

    @cached_property
    def opaque(self) -> bool:
        """Whether some cell may bind any name."""
        return any(code.opaque for _, code in self._codes)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How often each name is bound."""
        found: dict[str, int] = {}
        for _, code in self._codes:
            for use in code.names.now:
                found[use.name] = found.get(use.name, 0) + (use.kind == "bind")
        return found
