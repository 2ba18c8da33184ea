"""What a source text holds: its statements, what they bind, what they import."""

from __future__ import annotations

import ast
import textwrap
from collections import defaultdict
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Def = ast.FunctionDef | ast.AsyncFunctionDef
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Binding(NamedTuple):
    """A statement that binds a name in the module's scope.

    Attributes:
        statement: The statement.
        top: Whether it is a statement of the module itself, not of an `if`, a loop and so on.
    """

    statement: ast.stmt
    top: bool


class Imported(NamedTuple):
    """An import that binds a name.

    Attributes:
        module: Name of the module; with dots in front when relative.
        attribute: Name in that module; `None` when the module itself is bound.
        line: Line of the statement in the text.
    """

    module: str
    attribute: str | None
    line: int


class Index:
    """A parsed source text.

    Args:
        text: The text, in which every line is Python.
        tree: Its syntax tree.
    """

    def __init__(self, text: str, tree: ast.Module) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.tree = tree

    @cached_property
    def bindings(self) -> dict[str, list[Binding]]:
        """Statements by the name they bind, in the order of the text."""
        found: dict[str, list[Binding]] = defaultdict(list)
        for name, binding in _bindings(self.tree.body, top=True):
            found[name].append(binding)
        return dict(found)

    @cached_property
    def imports(self) -> dict[str, list[Imported]]:
        """Imports by the name they bind; those of ``*`` are under ``"*"``."""
        found: dict[str, list[Imported]] = defaultdict(list)
        for statement in ast.walk(self.tree):
            for name, imported in _imports(statement):
                found[name].append(imported)
        return dict(found)

    @cached_property
    def functions(self) -> dict[int, list[Def]]:
        """Function definitions of any depth by their first line, decorators included."""
        found: dict[int, list[Def]] = defaultdict(list)
        for node in ast.walk(self.tree):
            if isinstance(node, Def):
                found[first_line(node)].append(node)
        return dict(found)

    @cached_property
    def futures(self) -> frozenset[str]:
        """Features imported from `__future__`."""
        return frozenset(
            alias.name
            for node in self.tree.body
            if isinstance(node, ast.ImportFrom) and node.module == "__future__"
            for alias in node.names
        )

    def lines_of(self, statement: ast.stmt) -> tuple[int, list[str]] | None:
        """Return first line and text of a statement, with the comments directly above it.

        Returns:
            `None` if the statement cannot stand at the left margin without change of meaning.
        """
        if self._shares_a_line(statement):
            segment = ast.get_source_segment(self.text, statement) or ""
            return statement.lineno, segment.split("\n")
        first = self._comments_above(first_line(statement))
        lines = self.lines[first - 1 : statement.end_lineno]
        return (first, lines) if statement.col_offset == 0 else _dedented(first, lines)

    def _shares_a_line(self, statement: ast.stmt) -> bool:
        before = self.lines[statement.lineno - 1].encode()[: statement.col_offset]
        after = self.lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset :]
        return bool(before.strip()) or after.strip().startswith(b";")

    def _comments_above(self, line: int) -> int:
        while line > 1 and _is_comment(self.lines[line - 2]):
            line -= 1
        return line


@lru_cache(maxsize=2048)
def index(text: str) -> Index | None:
    """Parse a text; `None` if it is not Python even without its magic lines."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for candidate in (plain, _without_cell_magic(plain), _without_magics(plain)):
        try:
            return Index(candidate, ast.parse(candidate))
        except (SyntaxError, ValueError):
            continue
    return None


def first_line(statement: ast.stmt) -> int:
    """Return the line on which a statement starts, decorators included."""
    decorators = statement.decorator_list if isinstance(statement, _SCOPES) else []
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _without_cell_magic(text: str) -> str:
    head, newline, rest = text.partition("\n")
    return f"#{newline}{rest}" if head.lstrip().startswith("%%") else text


def _without_magics(text: str) -> str:
    lines = _without_cell_magic(text).split("\n")
    return "\n".join(_passing(line) if line.lstrip().startswith(("%", "!")) else line for line in lines)


def _passing(line: str) -> str:
    return line[: len(line) - len(line.lstrip())] + "pass"


def _is_comment(line: str) -> bool:
    stripped = line.lstrip()
    return stripped.startswith("#") and stripped != "#" and not stripped.startswith(("#!", "# %%", "#%%"))


def _dedented(first: int, lines: list[str]) -> tuple[int, list[str]] | None:
    inner = "\n".join(lines)
    outer = textwrap.dedent(inner)
    try:
        there = ast.parse(f"if 1:\n{inner}").body[0]
        here = ast.parse(outer)
    except SyntaxError:
        return None
    # Text inside multi-line strings must not move with the code around it.
    same = isinstance(there, ast.If) and ast.dump(there.body[0]) == ast.dump(here.body[0])
    return (first, outer.split("\n")) if same else None


def _bindings(statements: list[ast.stmt], *, top: bool) -> Iterator[tuple[str, Binding]]:
    for statement in statements:
        for name in _bound(statement):
            yield name, Binding(statement, top)
        if not isinstance(statement, _SCOPES):
            for block in _blocks(statement):
                yield from _bindings(block, top=False)


def _bound(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, _SCOPES):
        yield statement.name
        return
    for child in ast.iter_child_nodes(statement):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _stored(child)


def _stored(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _INNER):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _stored(child)


def _blocks(statement: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        yield getattr(statement, field, [])
    for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
        yield part.body


def _imports(statement: ast.AST) -> Iterator[tuple[str, Imported]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            module = alias.name if alias.asname else alias.name.partition(".")[0]
            yield alias.asname or module, Imported(module, None, statement.lineno)
    elif isinstance(statement, ast.ImportFrom):
        module = "." * statement.level + (statement.module or "")
        for alias in statement.names:
            yield alias.asname or alias.name, Imported(module, alias.name, statement.lineno)
