"""The words of which the magics' grammar is made, and how a word becomes a value."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kodonb.model.errors import UsageError


class Argument(NamedTuple):
    """A word that a command takes by its place.

    Attributes:
        name: Name in the usage, e.g. ``"RUN"``; values have it in small letters.
        help: What it is.
        offers: What completion offers for it (see `kodonb.magics.offers`).
        required: Whether the command cannot do without.
        choices: All words that it may be; anything if empty.
    """

    name: str
    help: str
    offers: str = ""
    required: bool = True
    choices: tuple[str, ...] = ()


class Option(NamedTuple):
    """An option of a command.

    Attributes:
        flags: How it is written, e.g. ``("-o", "--output")``; values have the name of the last one.
        help: What it does.
        metavar: Name of its value in the usage; empty for a flag without value.
        read: Makes the value of the word; raises `UsageError` if it cannot.
        repeat: Whether it may be given several times.
        choices: All words that its value may be; anything if empty.
        offers: What completion offers for the value.
        group: Options of the same group exclude each other.
    """

    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    read: Callable[[str], Any] = str
    repeat: bool = False
    choices: tuple[str, ...] = ()
    offers: str = ""
    group: str = ""

    @property
    def dest(self) -> str:
        """Name of its value."""
        return self.flags[-1].lstrip("-").replace("-", "_")


class Command(NamedTuple):
    """A command of the magics.

    Attributes:
        name: How it is called.
        prog: How it is shown, e.g. ``"%flow run"``.
        help: What it does, in one sentence.
        arguments: Its words by place.
        options: Its options.
        pairs: Whose parameters follow as ``key=value``: ``"flow"``, ``"lock"``, or empty for none.
    """

    name: str
    prog: str
    help: str
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    pairs: str = ""

    def option(self, word: str) -> Option | None:
        """Return the option that is written so."""
        return next((option for option in self.options if word in option.flags), None)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was probably meant."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def whole(text: str) -> int:
    """Read a whole number that is not negative."""
    if not text.isdecimal():
        raise UsageError(f"{text!r} is not a whole number", code="KN005", remedy="write a number such as 3")
    return int(text)


def offset(text: str) -> int:
    """Read the offset of an event; -1 is before the first."""
    return -1 if text == "-1" else whole(text)


def number(text: str) -> float:
    """Read a number that is not negative."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise UsageError(f"{text!r} is not a number", code="KN005", remedy="write a number such as 0.5")
    return value


def variable(text: str) -> str:
    """Read the name of a notebook variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise UsageError(
            f"{text!r} cannot be the name of a variable", code="KN005", remedy="write a name such as run"
        )
    return text


def one_of(choices: tuple[str, ...], what: str) -> Callable[[str], str]:
    """Return a reader of words that are one of several."""

    def read(text: str) -> str:
        if text in choices:
            return text
        near = nearest(text, choices)
        raise UsageError(
            f"{text!r} is not a {what}",
            code="KN005",
            remedy=f"did you mean {near!r}?" if near else f"use one of {', '.join(choices)}",
        )

    return read
