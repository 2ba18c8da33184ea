"""Completion behind `%flow` and `%%flow`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from kodonb.magics.grammar import COMMANDS, DEFINE
from kodonb.magics.kumeo import grammar as kumeo
from kodonb.magics.offers import Offers
from kodonb.magics.parse import PAIR
from kodonb.magics.terms import Command

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_LINE: Final = re.compile(r"(?:^|=)\s*%(?P<magic>flow|kumeo)\s+(?P<typed>.*)$")
_CELL: Final = re.compile(r"^\s*%%(?P<magic>flow|kumeo)\s+(?P<typed>.*)$")
_KUMEO: Final = re.compile(r"\s*%%kumeo\b")
_MAGICS: Final = {"flow": (DEFINE, COMMANDS), "kumeo": (kumeo.DEFINE, kumeo.COMMANDS)}


class Typed(NamedTuple):
    """What stands before the cursor.

    Attributes:
        command: The command; `None` while it is being typed.
        words: Complete words behind it.
        fragment: The word at the cursor, as far as it is typed.
        commands: Commands of the magic.
    """

    command: Command | None
    words: list[str]
    fragment: str
    commands: Mapping[str, Command] = COMMANDS


class Completion:
    """Completes what is typed behind the magics of a notebook.

    Args:
        shell: The notebook.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._offers = Offers(shell)

    def matcher(self) -> Callable[[CompletionContext], SimpleMatcherResult]:
        """Return the function to hang into IPython's completer."""

        @context_matcher(priority=200, identifier="kodonb")  # type: ignore[untyped-decorator]
        def flow_matcher(context: CompletionContext) -> SimpleMatcherResult:
            return self.complete(context)

        made: Callable[[CompletionContext], SimpleMatcherResult] = flow_matcher
        return made

    def complete(self, context: CompletionContext) -> SimpleMatcherResult:
        """Return what may stand at the cursor; then nobody else is asked."""
        if _KUMEO.match(context.full_text):
            from kodonb.magics.kumeo.offering import completed  # noqa: PLC0415 - loading the extension stays cheap

            within = completed(context)
            if within is not None:
                return within
        typed = read(context.text_until_cursor, first=not _above(context).strip())
        if typed is None:
            return SimpleMatcherResult(completions=[], suppress=False)
        start, found = self.find(typed)
        completions = [SimpleCompletion(text, type="kodonb") for text in found if text.startswith(start)]
        return SimpleMatcherResult(
            completions=completions, matched_fragment=start, suppress=True, ordered=True
        )

    def find(self, typed: Typed) -> tuple[str, Iterable[str]]:
        """Return the part of the fragment that is completed, and what it may become."""
        if typed.command is None:
            return typed.fragment, typed.commands
        previous = typed.command.option(typed.words[-1]) if typed.words else None
        if previous is not None and previous.metavar:
            return typed.fragment, previous.choices or self._offers.of(previous.offers)
        if typed.fragment.startswith("-"):
            return typed.fragment, _options(typed.command, typed.words)
        key, equals, value = typed.fragment.partition("=")
        if equals and typed.command.pairs:
            return value, self._offers.values(typed.command.pairs, _places(typed), key)
        return typed.fragment, self._places(typed.command, _places(typed), typed.words)

    def _places(self, command: Command, places: list[str], words: list[str]) -> Iterable[str]:
        if len(places) < len(command.arguments):
            argument = command.arguments[len(places)]
            found = argument.choices or tuple(self._offers.of(argument.offers, places))
            if argument.required:
                return found
            return (*found, *self._keys(command, places, words))
        return self._keys(command, places, words)

    def _keys(self, command: Command, places: list[str], words: list[str]) -> list[str]:
        if not command.pairs:
            return []
        given = {pair[1] for word in words if (pair := PAIR.fullmatch(word))}
        return [f"{key}=" for key in self._offers.keys(command.pairs, places) if key not in given]


def read(text: str, *, first: bool) -> Typed | None:
    """Return what is typed behind a magic; `None` if the line is none of ours.

    Args:
        text: The line up to the cursor.
        first: Whether it is the first line of the cell that holds anything.
    """
    cell = _CELL.match(text) if first else None
    line = _LINE.search(text)
    match = cell or line
    if match is None:
        return None
    *words, fragment = re.split(r"\s+", match["typed"])
    define, commands = _MAGICS[match["magic"]]
    if cell is not None:
        return Typed(define, words, fragment, commands)
    if not words:
        return Typed(None, [], fragment, commands)
    return Typed(commands.get(words[0], Command(words[0], "", "")), words[1:], fragment, commands)


def _above(context: CompletionContext) -> str:
    return "\n".join(context.full_text.split("\n")[: context.cursor_line])


def _options(command: Command, words: list[str]) -> list[str]:
    free = [option for option in command.options if option.repeat or not set(option.flags) & set(words)]
    return sorted({flag for option in free for flag in option.flags} | {"-h", "--help"})


def _places(typed: Typed) -> list[str]:
    """Return the words that are arguments: no options, their values, or inputs."""
    found: list[str] = []
    value = False
    for word in typed.words:
        option = typed.command.option(word) if typed.command else None
        if not value and option is None and not word.startswith("-") and not PAIR.fullmatch(word):
            found.append(word)
        value = option is not None and bool(option.metavar)
    return found
