"""Checks a text, and says what it defines and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice
from typing import Final

from kodonb.kumeo.checks.conditions import conditions
from kodonb.kumeo.checks.ends import ends
from kodonb.kumeo.checks.ids import ids
from kodonb.kumeo.checks.integrations import integrations
from kodonb.kumeo.checks.names import names
from kodonb.kumeo.checks.needs import needs
from kodonb.kumeo.checks.orphans import cycles, orphans
from kodonb.kumeo.checks.prompts import prompts
from kodonb.kumeo.checks.repeats import repeats
from kodonb.kumeo.checks.routing import routing
from kodonb.kumeo.checks.scene import Scene
from kodonb.kumeo.checks.schemas import schemas
from kodonb.kumeo.checks.settings import settings
from kodonb.kumeo.checks.subworkflows import subworkflows
from kodonb.kumeo.checks.units import units
from kodonb.kumeo.checks.wiring import wiring
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic, Finding, placed
from kodonb.kumeo.outline.drafts import Book
from kodonb.kumeo.outline.reading import read
from kodonb.kumeo.program.building import program
from kodonb.kumeo.program.records import Program
from kodonb.kumeo.syntax.parsing import parse
from kodonb.kumeo.syntax.source import Source
from kodonb.kumeo.syntax.tree import Tree
from kodonb.model.collecting import no_gc
from kodonb.model.errors import KumeoError

CHECKS: Final[tuple[Callable[[Scene], Iterator[Finding]], ...]] = (
    repeats,
    ends,
    ids,
    needs,
    subworkflows,
    integrations,
    wiring,
    orphans,
    cycles,
    schemas,
    prompts,
    conditions,
    units,
    routing,
    settings,
)
"""Checks of one definition."""

MOST: Final = 200
"""Most diagnostics of a text that are told; of one check of one definition, too."""


class Checked:
    """A text that was checked.

    Args:
        book: What it defines.
        diagnostics: What is wrong with it, in the order of the text.
    """

    def __init__(self, book: Book, diagnostics: tuple[Diagnostic, ...]) -> None:
        self.book = book
        self.diagnostics = diagnostics

    @property
    def tree(self) -> Tree:
        """The text with its parts."""
        return self.book.tree

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What stops it."""
        return tuple(one for one in self.diagnostics if one.severity == "error")

    @property
    def ok(self) -> bool:
        """Whether nothing stops it."""
        return not self.errors

    @cached_property
    def program(self) -> Program:
        """What it says, as records; as far as they can be made, if there are errors."""
        return program(self.book)


def check(text: str, name: str = "<text>") -> Checked:
    """Check a text; nothing of it is executed, and no file is read.

    Args:
        text: The text.
        name: Name of its file, as diagnostics show it.
    """
    source = Source(text, name)
    with no_gc():
        book, wrong = read(parse(source))
        found = [*wrong[:MOST], *_found(book)]
    if not book.whole:
        found = [each for each in found if each.code == "E001" or not book.tree.touches(each.start, each.end)]
    return Checked(book, placed(found, source, MOST))


def load(text: str, name: str = "<text>") -> Program:
    """Return the program that a text defines.

    Args:
        text: The text.
        name: Name of its file.

    Raises:
        KumeoError: The text has errors; its message names them all.
    """
    checked = check(text, name)
    if checked.ok:
        return checked.program
    first, *others = checked.errors
    told = [f"{one.code} at {one.file}:{one.line}:{one.column}: {one.message}" for one in others]
    raise KumeoError(
        "\n".join([first.message, *told]),
        code=first.code,
        where=f"{first.file}:{first.line}:{first.column}",
        remedy=first.remedy,
    )


def _found(book: Book) -> Iterator[Finding]:
    """Yield what the checks find; of a text that is wrong all over, not everything."""
    yield from islice(names(book), MOST)
    left = MOST
    for draft in book.drafts:
        scene = Scene(draft, book)
        for check_one in CHECKS:
            for each in islice(check_one(scene), MOST):
                left -= each.code.startswith("E")
                yield each
        if left <= 0:
            return
