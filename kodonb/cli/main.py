"""The entry point."""

from __future__ import annotations

import os
import pkgutil
import sys
from collections.abc import Sequence

from kodonb.cli import codes
from kodonb.cli.output import Output
from kodonb.cli.parser import build, parse
from kodonb.model.errors import KodonbError


def main(argv: Sequence[str] | None = None) -> int:
    """Execute a command line.

    Args:
        argv: Its words without the program's name; those of this process by default.

    Returns:
        The exit code (see `kodonb.cli.codes`).
    """
    words = sys.argv[1:] if argv is None else list(argv)
    out = Output(json="--json" in words)
    try:
        code = _execute(words, out)
        out.flush()
    except BrokenPipeError:
        return _unheard(out)
    return code


def _execute(words: Sequence[str], out: Output) -> int:
    if not words:
        build().print_help(sys.stderr)
        return codes.USAGE
    try:
        args = parse(words)
    except KodonbError as error:
        return _tell(error, out)
    except SystemExit:
        return codes.OK  # argparse printed help or version
    try:
        code: int = pkgutil.resolve_name(args.command.action)(args, out)
    except KodonbError as error:
        return _tell(error, out)
    except KeyboardInterrupt:
        out.note("interrupted")
        return codes.INTERRUPTED
    return code


def _tell(error: KodonbError, out: Output) -> int:
    out.error(error)
    return codes.exit_code(error)


def _unheard(out: Output) -> int:
    # Python flushes standard output once more at its end, and would complain then.
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.file.fileno())
    except OSError:
        return codes.UNHEARD  # not a file of the system
    return codes.UNHEARD
