"""From words of the command line to a command with its options."""

from __future__ import annotations

import argparse
import importlib.metadata
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from kodonb.cli.commands import COMMANDS, NAMES, Command
from kodonb.cli.options import JSON
from kodonb.cli.words import assignment, meant
from kodonb.model.errors import UsageError

_ABOUT: Final = "Run flows, and see, steer and keep their runs."
_END: Final = (
    "RUN is a run's id, a beginning of it that fits one run only, or last. "
    "Exit codes: 0 ok, 1 the flow failed, 2 usage, 3 time is up, 4 no session or store, 130 interrupted."
)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors with a code and a way out."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message.removeprefix("argument "), where=self.prog, remedy=f"see {self.prog} --help")


class _Version(argparse.Action):
    """Prints the version; asks for it only then, because that takes a while."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        print(f"kodonb {importlib.metadata.version('kodonb')}")
        parser.exit()


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the options of a command line; `command` among them is the `Command`.

    Raises:
        UsageError: A command or an option is unknown (KN001), or a value cannot be read (KN005).
        SystemExit: Help or version was asked for, and printed.
    """
    _check_command(words)
    found, rest = build().parse_known_args(words)
    for word in rest:
        _take(word, found)
    return found


def build() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(prog="kodonb", description=_ABOUT, epilog=_END, allow_abbrev=False)
    parser.add_argument("--version", nargs=0, action=_Version, help="print the version")
    parser.add_argument(*JSON.flags, **JSON.settings)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        below = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            allow_abbrev=False,
        )
        below.set_defaults(command=command)
        for option in command.options:
            below.add_argument(*option.flags, **option.settings)
        # Without a default, so that `kodonb --json runs` is not taken back by `runs`.
        below.add_argument(*JSON.flags, **JSON.settings, default=argparse.SUPPRESS)
    return parser


def _check_command(words: Sequence[str]) -> None:
    # The options before a command take no value, so the first other word is the command.
    name = next((word for word in words if not word.startswith("-")), None)
    if name is not None and name not in NAMES:
        raise UsageError(f"there is no command {name!r}", remedy=meant(name, NAMES))


def _take(word: str, found: argparse.Namespace) -> None:
    """Take a word that argparse left over: an input at another place, or else something unknown."""
    command: Command = found.command
    where = f"kodonb {command.name}"
    if word.startswith("-"):
        flag = word.partition("=")[0]
        known = [name for option in (*command.options, JSON) for name in option.flags if name[:2] == "--"]
        raise UsageError(f"there is no option {flag}", where=where, remedy=meant(flag, known))
    if "=" not in word or not hasattr(found, "inputs"):
        raise UsageError(f"what is {word!r}?", where=where, remedy=f"see {where} --help")
    found.inputs = [*found.inputs, assignment(word)]
