"""Makes a cell Python, line for line: magic and shell lines become calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kodonb.batch.lint.reading.escapes import is_python

_ESCAPED: Final = re.compile(r"\s*[%!?/,;]")
_ASSIGNED: Final = re.compile(r"(?P<target>\s*[\w.*]+(?:\[[^\]=]*\])*(?:\s*,\s*[\w.*]+)*\s*=\s*)[%!](?!=)")
_OUTPUT: Final = re.compile(r"\s*%flow\s.*?\s(?:-o|--output)[ =]\s*(?P<name>[^\W\d]\w*)", re.DOTALL)
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


def masked(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a cell in which calls stand for its magic and shell lines, and these lines."""
    plain: list[str] = []
    found: list[str] = []
    for line in _statements(text.split("\n")):
        made = line
        if _is_magic(line):
            found.append(line)
            made = _python(line)
        # The cell keeps its line numbers.
        plain.append(made + "\n" * (line.count("\n") - made.count("\n")))
    return "\n".join(plain), tuple(found)


def _is_magic(line: str) -> bool:
    return bool(_ESCAPED.match(line) or _HELP.match(line) or _ASSIGNED.match(line))


def _python(line: str) -> str:
    timed = _TIMED.match(line)
    if timed and is_python(timed["code"]):
        return timed["indent"] + timed["code"]
    if assigned := _ASSIGNED.match(line):
        return assigned["target"] + _CALL
    indent = line[: len(line) - len(line.lstrip())]
    output = _OUTPUT.match(line)
    return f"{indent}{output['name']} = {_CALL}" if output else indent + _CALL


def _statements(lines: list[str]) -> Iterator[str]:
    """Yield the lines of a cell; those that belong together, such as a call's arguments, as one text."""
    waiting: list[str] = []
    quote, depth = "", 0
    for line in lines:
        waiting.append(line)
        if len(waiting) > 1 or not _is_magic(line):
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
