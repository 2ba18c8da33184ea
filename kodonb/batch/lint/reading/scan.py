"""Finds what a cell reads and binds in the notebook's namespace, in the order in which it happens."""

from __future__ import annotations

import ast
import re
from typing import Final

from kodonb.batch.lint.reading.scopes import Scan
from kodonb.batch.lint.reading.unseen import binds_unseen, guards
from kodonb.batch.lint.reading.uses import Names

_WORD: Final = re.compile(r"[^\W\d]\w*")


def scan(tree: ast.Module, nodes: tuple[ast.AST, ...] = ()) -> Names:
    """Return what the statements of a cell read and bind.

    Args:
        tree: The statements.
        nodes: All nodes of the tree, if they were collected already.
    """
    found = Scan(postponed=_is_postponed(tree))
    for statement in tree.body:
        found.visit(statement)
    nodes = nodes or tuple(ast.walk(tree))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return Names(
        now=tuple(found.now),
        later=tuple(found.later),
        sets=frozenset(found.sets),
        asked=frozenset(name for node in nodes for name in guards(node)),
        words=frozenset(word for text in texts for word in _WORD.findall(text)),
        opaque=any(binds_unseen(node) for node in nodes),
    )


def _is_postponed(tree: ast.Module) -> bool:
    future = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    return any(alias.name == "annotations" for node in future for alias in node.names)
