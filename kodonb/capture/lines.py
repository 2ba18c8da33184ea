"""Makes a cell Python, line for line: magic and shell lines become calls of `get_ipython`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_ESCAPED: Final = re.compile(r"\s*[%!?/,;]")
_ASSIGNED: Final = re.compile(r"(?P<target>\s*[\w.*]+(?:\[[^\]=]*\])*(?:\s*,\s*[\w.*]+)*\s*=\s*)[%!](?!=)")
_OUTPUT: Final = re.compile(r"\s*%(?:flow|kumeo)\s.*?\s(?:-o|--output)[ =]\s*(?P<name>[^\W\d]\w*)", re.DOTALL)
_HELP: Final = re.compile(r"\s*%{0,2}[\w.*]+(\[[^\]]*\])?\?{1,2}\s*;?\s*(#.*)?$")
_TIMED: Final = re.compile(r"(?P<indent>\s*)%time\s+(?P<code>\S.*)", re.DOTALL)
_TOKEN: Final = re.compile(
    r"""#.*|'{3}|"{3}|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)
_CALL: Final = "get_ipython()"


def dedented(text: str) -> str:
    """Return a cell without the indentation of its first line, as IPython takes it."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return re.sub(rf"^{re.escape(indent)}", "", text, flags=re.MULTILINE) if indent else text


class Masked(NamedTuple):
    """A line in which a call stands for what was typed.

    Attributes:
        number: Its place in the cell, from 1.
        text: What was typed; several lines if they belong together.
    """

    number: int
    text: str


def masked(text: str, also: re.Pattern[str] | None = None) -> tuple[str, tuple[Masked, ...]]:
    """Return a cell in which calls stand for its magic and shell lines, and these lines.

    Args:
        text: The cell.
        also: Further lines that are none of Python.
    """
    made: list[str] = []
    found: list[Masked] = []
    number = 1
    for line in _statements(text.split("\n"), also):
        python = line
        if _is_magic(line, also):
            found.append(Masked(number, line))
            python = _python(line)
        # The cell keeps its line numbers.
        made.append(python + "\n" * (line.count("\n") - python.count("\n")))
        number += line.count("\n") + 1
    return "\n".join(made), tuple(found)


def timed(line: str) -> str:
    """Return the statement behind ``%time``; empty if there is none."""
    found = _TIMED.match(line)
    return found["indent"] + found["code"] if found and is_python(found["code"]) else ""


def is_python(text: str) -> bool:
    """Whether a text is Python as it stands."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _is_magic(line: str, also: re.Pattern[str] | None) -> bool:
    kinds = (_ESCAPED, _HELP, _ASSIGNED, *((also,) if also else ()))
    return any(kind.match(line) for kind in kinds)


def _python(line: str) -> str:
    if statement := timed(line):
        return statement
    if assigned := _ASSIGNED.match(line):
        return assigned["target"] + _CALL
    indent = line[: len(line) - len(line.lstrip())]
    output = _OUTPUT.match(line)
    return f"{indent}{output['name']} = {_CALL}" if output else indent + _CALL


def _statements(lines: list[str], also: re.Pattern[str] | None) -> Iterator[str]:
    """Yield the lines of a cell; those that belong together, such as a call's arguments, as one text."""
    waiting: list[str] = []
    quote, depth = "", 0
    for line in lines:
        waiting.append(line)
        if len(waiting) > 1 or not _is_magic(line, also):
            quote, depth = _after(line, quote, depth)
        if not quote and depth <= 0 and not line.endswith("\\"):
            yield "\n".join(waiting)
            waiting, depth = [], 0
    if waiting:
        yield "\n".join(waiting)


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """Return the open triple quote and the number of open brackets behind a line."""
    at = 0
    while True:
        if quote:
            end = re.compile(rf"(?:\\.|(?!{quote}).)*{quote}").match(line, at)
            if end is None:
                return quote, depth
            quote, at = "", end.end()
        token = _TOKEN.search(line, at)
        if token is None:
            return "", depth
        at = token.end()
        depth += bool(token["open"]) - bool(token["close"])
        quote = token[0] if token[0] in {"'''", '"""'} else ""
