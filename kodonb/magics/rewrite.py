"""Cells that wait for a run await it: a kernel that awaits still serves its widgets, one that computes does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

AWAITED: Final = "flow_awaited"
"""Name of the magic that returns something to await."""

_CALLS: Final = {"run_line_magic": ("run", "retry"), "run_cell_magic": ()}
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.GeneratorExp)


def rewrite(lines: list[str]) -> list[str]:
    """Make the calls of `%flow` that wait for a run awaited, where Python lets a cell await.

    Args:
        lines: A cell whose magics have become Python already.
    """
    text = "".join(lines)
    if "run_line_magic('flow'," not in text and "run_cell_magic('flow'," not in text:
        return lines
    try:
        calls = list(_waiting(ast.parse(text)))
    except SyntaxError:
        return lines  # whoever compiles the cell says what is wrong
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset), reverse=True):
        row, name = lines[call.lineno - 1], call.args[0]
        begin, end = (len(row.encode()[:at].decode()) for at in (call.col_offset, name.end_col_offset or 0))
        told = row[begin:end].replace("'flow'", f"'{AWAITED}'")
        lines = [*lines]
        lines[call.lineno - 1] = f"{row[:begin]}await {told}{row[end:]}"
    return lines


def _waiting(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls that wait for a run and do not stand within a function."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _FUNCTIONS):
            continue
        if isinstance(child, ast.Call) and _waits(child):
            yield child
        yield from _waiting(child)


def _waits(call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _CALLS:
        return False
    told = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    if len(told) < 2 or told[0] != "flow":
        return False
    words = str(told[1]).split()
    if call.func.attr == "run_cell_magic":
        return "--run" in words
    return bool(words) and words[0] in _CALLS["run_line_magic"] and "--detach" not in words
