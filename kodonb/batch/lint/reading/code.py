"""What a cell says in Python, and what its magics may do beside."""

from __future__ import annotations

import ast
import re
from typing import Final, NamedTuple

from kodonb.batch.heads import Head, split
from kodonb.batch.lint.reading.escapes import AUTOMAGIC, of_line
from kodonb.batch.lint.reading.scan import scan
from kodonb.batch.lint.reading.uses import Names
from kodonb.capture.lines import dedented, masked

_WORD: Final = re.compile(r"[^\W\d]\w*")
_PROMPT: Final = re.compile(r"\s*(>>>|In ?\[\d*\]:)")
_EMPTY: Final = ast.Module(body=[], type_ignores=[])


class Code(NamedTuple):
    """A cell, parsed.

    Attributes:
        tree: The Python in it, with the cell's line numbers; empty if there is none.
        nodes: All nodes of it: going through a tree takes most of the time.
        names: What it reads and binds.
        head: Its cell magic, if it has one.
        lines: Its magic and shell lines.
        words: Words that may mean names, in whatever of it is not Python, and in strings.
        perhaps: Names that its magics may bind.
        opaque: Whether it may bind any name.
        error: Why it is not Python.
    """

    tree: ast.Module = _EMPTY
    nodes: tuple[ast.AST, ...] = ()
    names: Names = Names()
    head: Head | None = None
    lines: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    opaque: bool = False
    error: SyntaxError | None = None


NOTHING: Final = Code()
"""A cell of another language."""


def code_of(text: str) -> Code:
    """Parse a cell."""
    head, body = split(text)
    if head is not None and not head.python:
        return Code(head=head, words=_words(text), perhaps=head.perhaps(body), opaque=head.opaque)
    if _PROMPT.match(body):
        return _unknown(text, head)
    try:
        return _parsed(text, dedented(body), head)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return _unknown(text, head, error if isinstance(error, SyntaxError) else None)


def _parsed(text: str, body: str, head: Head | None) -> Code:
    lines: tuple[str, ...] = ()
    try:
        tree = ast.parse(body)
    except SyntaxError:
        plain, found = masked(body)
        if not found:
            raise
        lines = tuple(each.text for each in found)
        tree = ast.parse(plain)
    if not lines and _is_automagic(tree):
        return Code(words=_words(text), perhaps=_words(text))
    # What only the compiler notices, such as a `return` outside of a function.
    compile(tree, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return _told(tree, head, lines)


def _told(tree: ast.Module, head: Head | None, lines: tuple[str, ...]) -> Code:
    nodes = tuple(ast.walk(tree))
    names = scan(tree, nodes)
    effects = [of_line(line) for line in lines]
    return Code(
        tree=tree,
        nodes=nodes,
        names=names,
        head=head,
        lines=lines,
        words=frozenset().union(names.words, *(_words(line) for line in lines)),
        perhaps=frozenset(head.binds if head else ()).union(*(effect.perhaps for effect in effects)),
        opaque=names.opaque or any(effect.opaque for effect in effects),
    )


def _unknown(text: str, head: Head | None, error: SyntaxError | None = None) -> Code:
    """Return a cell that cannot be read; it may bind any word in it."""
    first = text.split(maxsplit=1)[:1]
    if len(text.splitlines()) == 1 and first and first[0] in AUTOMAGIC:
        error = None
    return Code(head=head, words=_words(text), perhaps=_words(text), error=error)


def _is_automagic(tree: ast.Module) -> bool:
    """Whether a cell is one line such as ``ls -l``, which is Python too, but hardly meant so."""
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Expr):
        return False
    value = tree.body[0].value
    while isinstance(value, ast.BinOp):
        value = value.left
    return isinstance(value, ast.Name) and value.id in AUTOMAGIC


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))
