"""Makes a cell Python, line for line: magic and shell lines become calls of `get_ipython`."""

from __future__ import annotations

import ast
import keyword
import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = re.compile(r"\s*%%(?P<name>\S+)")
_PYTHON: Final = frozenset({"time", "capture", "prun", "flow", "memit"})
_OPAQUE: Final = frozenset({
    "R", "Rpull", "cython", "load", "loadpy", "macro", "px", "pylab", "recall", "rerun", "run", "spark", "store",
})  # fmt: skip

_HARMLESS: Final = frozenset({
    "HTML", "SVG", "aimport", "autoreload", "cd", "conda", "config", "env", "file", "flow", "html", "javascript", "js",
    "latex", "load_ext", "ls", "mamba", "markdown", "matplotlib", "memit", "pip", "prun", "pwd", "reload_ext",
    "set_env", "svg", "system", "time", "timeit", "uv", "who", "who_ls", "whos", "writefile", "xmode",
})  # fmt: skip
_SCRIPTS: Final = frozenset(
    {"bash", "cmd", "perl", "pypy", "python", "python3", "ruby", "script", "sh", "sx"}
)

_ESCAPED: Final = re.compile(r"\s*[%!?/,;]")
_ASSIGNED: Final = re.compile(r"(?P<target>\s*[\w.*]+(?:\[[^\]=]*\])*(?:\s*,\s*[\w.*]+)*\s*=\s*)[%!](?!=)")
_OUTPUT: Final = re.compile(r"\s*%flow\s.*?\s(?:-o|--output)[ =]\s*(?P<name>[^\W\d]\w*)", re.DOTALL)
_HELP: Final = re.compile(r"\s*%{0,2}[\w.*]+(\[[^\]]*\])?\?{1,2}\s*;?\s*(#.*)?$")
_TIMED: Final = re.compile(r"(?P<indent>\s*)%time\s+(?P<code>\S.*)", re.DOTALL)
_BARE: Final = re.compile(r"\s*(pip|conda|mamba|micromamba|uv)\s+[a-z]+(\s|$)")
_TOKEN: Final = re.compile(
    r"""#.*|'{3}|"{3}|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?P<open>[(\[{])|(?P<close>[)\]}])"""
)
_CALL: Final = "get_ipython()"


class Magic(NamedTuple):
    """A magic or shell line, or a cell magic.

    Attributes:
        line: Its line in the cell, from 1.
        text: What was typed; of a cell that is not Python, the whole cell.
    """

    line: int
    text: str

    @property
    def name(self) -> str:
        """Name of the magic; empty for shell lines and help."""
        found = re.match(r"[^%\n]*?%+([\w.]+)", self.text)
        return found[1] if found and not self.text.lstrip().startswith(("!", "?")) else ""

    @property
    def opaque(self) -> bool:
        """Whether it may bind any name."""
        return self.name in _OPAQUE

    def may_bind(self, name: str) -> bool:
        """Whether it may bind a name: any that stands in it, if it is not known to bind none."""
        if not self.name or self.name in _HARMLESS:
            return False
        # Of scripts, only options bind names, as in `%%bash --out listing`.
        told = self.text.partition("\n")[0] if self.name in _SCRIPTS else self.text
        return self.opaque or re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told) is not None


class Plain(NamedTuple):
    """A cell as Python, line for line.

    Attributes:
        text: The Python text.
        magics: What of the cell was none.
        tree: The syntax tree; `None` if the cell is not Python, or of another language.
        error: Why it is not Python.
        flow: Name of the flow that the cell defines by ``%%flow``.
        masked: Lines in which calls stand for magics.
    """

    text: str
    magics: tuple[Magic, ...] = ()
    tree: ast.Module | None = None
    error: SyntaxError | None = None
    flow: str = ""
    masked: frozenset[int] = frozenset()


def plain(text: str) -> Plain:
    """Return a cell as Python."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    heads: list[Magic] = []
    # Several may stand above each other, as `%%time` above `%%capture`.
    for number, line in enumerate(lines):
        head = _HEAD.match(line)
        if head is None:
            if line.strip():
                break
            continue
        if head["name"] not in _PYTHON:
            return Plain("", (*heads, Magic(number + 1, "\n".join(lines[number:]).strip())))
        heads.append(Magic(number + 1, line.strip()))
        lines[number] = "#"
    return _parsed(_dedented("\n".join(lines)), heads)


def _parsed(body: str, heads: list[Magic]) -> Plain:
    flow = next((_flow(head.text) for head in heads if head.name == "flow"), "")
    found: list[Magic] = []
    try:
        try:
            tree = ast.parse(body)
        except SyntaxError:
            body, found = _masked(body)
            if not found:
                raise
            tree = ast.parse(body)
        _compile(tree)
    except (SyntaxError, ValueError) as error:
        told = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        return Plain(body, tuple(heads), error=told, flow=flow)
    masked = frozenset(magic.line for magic in found if not _timed(magic.text))
    magics = [magic for magic in found if magic.line in masked]
    return Plain(body, (*heads, *magics), tree, flow=flow, masked=masked)


def _compile(tree: ast.Module) -> None:
    """Notice what only the compiler does, such as a `return` outside of a function."""
    for node in tree.body:
        # One by one, as IPython does: so an import of `__future__` may stand below a magic.
        part = ast.Module(body=[node], type_ignores=[])
        compile(part, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _flow(head: str) -> str:
    words = head.split()[1:]
    return words[0] if words and words[0].isidentifier() and not keyword.iskeyword(words[0]) else ""


def _dedented(text: str) -> str:
    """Return a cell without the indentation of its first line, as IPython takes it."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    indent = first[: len(first) - len(first.lstrip())]
    return re.sub(rf"^{re.escape(indent)}", "", text, flags=re.MULTILINE) if indent else text


def _masked(text: str) -> tuple[str, list[Magic]]:
    made: list[str] = []
    found: list[Magic] = []
    number = 1
    for line in _statements(text.split("\n")):
        python = line
        if _is_magic(line):
            found.append(Magic(number, line.strip()))
            python = _python(line)
        # The cell keeps its line numbers.
        made.append(python + "\n" * (line.count("\n") - python.count("\n")))
        number += line.count("\n") + 1
    return "\n".join(made), found


def _is_magic(line: str) -> bool:
    return bool(_ESCAPED.match(line) or _HELP.match(line) or _ASSIGNED.match(line) or _BARE.match(line))


def _python(line: str) -> str:
    if timed := _timed(line):
        return timed
    if assigned := _ASSIGNED.match(line):
        return assigned["target"] + _CALL
    indent = line[: len(line) - len(line.lstrip())]
    output = _OUTPUT.match(line)
    return f"{indent}{output['name']} = {_CALL}" if output else indent + _CALL


def _timed(line: str) -> str:
    """Return the statement behind ``%time``; empty if there is none."""
    found = _TIMED.match(line)
    if found is None:
        return ""
    try:
        ast.parse(found["code"])
    except SyntaxError:
        return ""
    return found["indent"] + found["code"]


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
