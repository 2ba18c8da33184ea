"""Reads what is typed behind a magic."""

from __future__ import annotations

import argparse
import re
import shlex
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

from kodonb.magics.terms import Argument, Command, Option, nearest, one_of
from kodonb.model.errors import UsageError

PAIR: Final = re.compile(r"([^\W\d]\w*)=(.*)", re.DOTALL)
"""An input: ``key=value``."""

_CLOSING: Final = {"[": "]", "{": "}"}


class Verbatim(str):
    """A word of which some part was quoted: it is text, whatever it looks like."""

    __slots__ = ()


class Asked(NamedTuple):
    """What was typed.

    Attributes:
        values: Values by name, of arguments and options that were given.
        pairs: Typed inputs by parameter.
        help: Whether help was asked for.
    """

    values: dict[str, Any]
    pairs: dict[str, str]
    help: bool = False


def words(line: str) -> list[str]:
    """Split a line into words, as a shell does; brackets of a value keep what is in them.

    Raises:
        UsageError: A quote or a bracket is not closed (KN005).
    """
    found = []
    rest = line.strip()
    while rest:
        end = _end(rest)
        found.append(_word(rest[:end]))
        rest = rest[end:].lstrip()
    return found


def _end(text: str) -> int:
    """Return where the first word of a text ends."""
    quote, closing = "", ""
    for at, char in enumerate(text):
        if quote:
            quote = "" if char == quote and text[at - 1] != "\\" else quote
        elif char in "'\"":
            quote = char
        elif char in _CLOSING and (closing or text[:at].endswith("=") or at == 0):
            closing = _CLOSING[char] + closing
        elif closing and char == closing[0]:
            closing = closing[1:]
        elif char.isspace() and not closing:
            return at
    if quote or closing:
        raise _unbalanced(text, quote, closing)
    return len(text)


def _unbalanced(text: str, quote: str, closing: str) -> UsageError:
    what = f"a quote {quote}" if quote else f"a bracket, which {closing[0]} closes,"
    return UsageError(
        f"{what} has no end in: {text}",
        code="KN005",
        remedy='close it, or put the whole value in quotes: key="it\'s"',
    )


def _word(raw: str) -> str:
    pair = PAIR.fullmatch(raw)
    if (pair[2] if pair else raw).startswith(tuple(_CLOSING)):
        return raw
    plain = "".join(shlex.split(raw))
    return Verbatim(plain) if plain != raw else plain


def parse(command: Command, typed: list[str]) -> Asked:
    """Read the words behind a command.

    Raises:
        UsageError: An option is unknown, a word is missing or one too many (KN001), or a value cannot be read
            (KN005).
    """
    given, rest = parser(command).parse_known_args(typed)
    values = {name: value for name, value in vars(given).items() if value is not None and value is not False}
    if values.pop("help", False):
        return Asked(values, {}, help=True)
    rest = [*_displaced(command, values), *rest]
    pairs = _pairs(command, rest)
    for argument in command.arguments:
        if argument.required and argument.name.lower() not in values:
            raise _unfit(command, f"{argument.name} is missing", f"write {usage(command)}")
    return Asked(values, pairs)


def _displaced(command: Command, values: dict[str, Any]) -> list[str]:
    """Take out inputs that stand where an argument was expected."""
    names = [argument.name.lower() for argument in command.arguments]
    found = [name for name in names if command.pairs and PAIR.fullmatch(str(values.get(name, "")))]
    return [values.pop(name) for name in found]


def _pairs(command: Command, rest: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for word in rest:
        pair = PAIR.fullmatch(word)
        if not command.pairs or pair is None:
            raise _unexpected(command, word)
        if pair[1] in pairs:
            raise _unfit(command, f"{pair[1]} is given twice", "give it once")
        pairs[pair[1]] = Verbatim(pair[2]) if isinstance(word, Verbatim) else pair[2]
    return pairs


def _unexpected(command: Command, word: str) -> UsageError:
    if not word.startswith("-"):
        remedy = "inputs are written key=value" if command.pairs else f"write {usage(command)}"
        return _unfit(command, f"{command.prog} takes no {word!r}", remedy)
    name = word.partition("=")[0]
    near = nearest(name, [flag for option in command.options for flag in option.flags])
    message = f"{command.prog} has no option {name}"
    return _unfit(command, message, f"did you mean {near}?" if near else f"see {command.prog} -h")


def _unfit(command: Command, message: str, remedy: str) -> UsageError:
    return UsageError(message, where=command.prog, remedy=remedy)


def usage(command: Command) -> str:
    """Return how a command is written, without its options."""
    arguments = [a.name if a.required else f"[{a.name}]" for a in command.arguments]
    return " ".join([command.prog, *arguments, *(["key=value …"] if command.pairs else [])])


class _Parser(argparse.ArgumentParser):
    """A parser that raises, and neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would print."""
        raise UsageError(message.removeprefix("argument "), where=self.prog, remedy=f"see {self.prog} -h")


@lru_cache(maxsize=64)
def parser(command: Command) -> argparse.ArgumentParser:
    """Return argparse's parser of a command."""
    shown = f"{usage(command)} [options]" if command.options else usage(command)
    made = _Parser(
        prog=command.prog,
        usage=shown.replace("%", "%%"),
        description=command.help,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    # From Python 3.14 on help has colours, which a docstring must not.
    made.__dict__["color"] = False
    for argument in command.arguments:
        _add_argument(made, argument)
    groups: dict[str, Any] = {"": made}
    for option in command.options:
        if option.group not in groups:
            groups[option.group] = made.add_mutually_exclusive_group()
        _add_option(groups[option.group], option)
    made.add_argument("-h", "--help", action="store_true", help="show this")
    return made


def _add_argument(made: argparse.ArgumentParser, argument: Argument) -> None:
    # Whether it is there is checked afterwards: `-h` must not ask for it.
    read = one_of(argument.choices, argument.name.lower()) if argument.choices else None
    extra: dict[str, Any] = {"type": read} if read else {}
    made.add_argument(argument.name.lower(), nargs="?", metavar=argument.name, help=argument.help, **extra)


def _add_option(made: Any, option: Option) -> None:
    if not option.metavar:
        made.add_argument(*option.flags, dest=option.dest, action="store_true", help=option.help)
        return
    action = "append" if option.repeat else "store"
    made.add_argument(
        *option.flags,
        dest=option.dest,
        action=action,
        type=option.read,
        metavar=option.metavar,
        help=option.help,
    )
