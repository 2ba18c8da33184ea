"""What of a cell is not Python: its magic and shell lines, and what these may bind."""

from __future__ import annotations

import ast
import keyword
import re
from typing import Final, NamedTuple

from kodonb.capture.lines import Masked, dedented, masked, timed

_HEAD: Final = re.compile(r"\s*%%(?P<name>\S+)")
_PYTHON: Final = frozenset({"time", "capture", "prun", "flow", "memit"})
_OPAQUE: Final = frozenset({
    "R", "Rpull", "cython", "load", "loadpy", "macro", "px", "pylab", "recall", "rerun", "run", "spark", "store",
})  # fmt: skip

_HARMLESS: Final = frozenset({
    "HTML", "SVG", "aimport", "autoreload", "cd", "conda", "config", "env", "file", "flow", "html", "javascript", "js",
    "kumeo", "latex", "load_ext", "ls", "mamba", "markdown", "matplotlib", "memit", "pip", "prun", "pwd", "reload_ext",
    "set_env", "svg", "system", "time", "timeit", "uv", "who", "who_ls", "whos", "writefile", "xmode",
})  # fmt: skip
_SCRIPTS: Final = frozenset(
    {"bash", "cmd", "perl", "pypy", "python", "python3", "ruby", "script", "sh", "sx"}
)

_BARE: Final = re.compile(r"\s*(pip|conda|mamba|micromamba|uv)\s+[a-z]+(\s|$)")


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
    return _parsed(dedented("\n".join(lines)), heads)


def _parsed(body: str, heads: list[Magic]) -> Plain:
    flow = next((_flow(head.text) for head in heads if head.name == "flow"), "")
    found: tuple[Masked, ...] = ()
    try:
        try:
            tree = ast.parse(body)
        except SyntaxError:
            body, found = masked(body, _BARE)
            if not found:
                raise
            tree = ast.parse(body)
        _compile(tree)
    except (SyntaxError, ValueError) as error:
        told = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        return Plain(body, tuple(heads), error=told, flow=flow)
    magics = [Magic(line.number, line.text.strip()) for line in found if not timed(line.text.strip())]
    return Plain(body, (*heads, *magics), tree, flow=flow, masked=frozenset(each.line for each in magics))


def _compile(tree: ast.Module) -> None:
    """Notice what only the compiler does, such as a `return` outside of a function."""
    for node in tree.body:
        # One by one, as IPython does: so an import of `__future__` may stand below a magic.
        part = ast.Module(body=[node], type_ignores=[])
        compile(part, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


def _flow(head: str) -> str:
    words = head.split()[1:]
    return words[0] if words and words[0].isidentifier() and not keyword.iskeyword(words[0]) else ""
