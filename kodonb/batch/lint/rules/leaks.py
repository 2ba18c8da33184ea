"""KN116: secrets in sources, outputs and the state of widgets."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from kodonb.batch.lint.finding import Finding
from kodonb.batch.lint.rules import secrets
from kodonb.batch.lint.rules.secrets import Secret
from kodonb.batch.lint.sheet import Cell, Sheet
from kodonb.capture.spelled import spelled

_SOURCE: Final = "take it from the environment, or ask for it with `getpass`; then change it, as it was seen"
_OUTPUT: Final = "remove the output (--fix does); then change the secret, as it was seen"
_LARGE: Final = 2_000_000
"""Texts of more characters are looked through for secrets with a shape of their own only."""


def leaks(sheet: Sheet) -> Iterator[Finding]:
    """Yield secrets, each once in a cell's source and once in each output."""
    for cell in sheet.cells:
        yield from _in_source(cell)
        for number, output in enumerate(cell.outputs, 1):
            found = in_output(output)
            if found is not None:
                message = f"output {number} of the cell shows {found.shown}"
                yield cell.finding("KN116", message, _OUTPUT, fixable=True)
    found = in_widgets(sheet.metadata)
    if found is not None:
        message = f"the state of widgets that is saved with the notebook holds {found.shown}"
        yield Finding(code="KN116", message=message, remedy=_OUTPUT, fixable=True)


def in_output(output: Any) -> Secret | None:
    """Return a secret that an output shows."""
    return next((found for text in _texts(output) for found in _seek(text)), None)


def in_widgets(metadata: Any) -> Secret | None:
    """Return a secret in the widgets' state, which is part of a notebook's metadata."""
    state = metadata.get("widgets")
    return next(_seek(json.dumps(state, ensure_ascii=False)), None) if state else None


def _seek(text: str) -> Iterator[Secret]:
    yield from secrets.known(text)
    if len(text) <= _LARGE:
        yield from secrets.named(text)


def _texts(output: Any) -> Iterator[str]:
    """Yield the texts of an output; pictures have none."""
    yield _joined(output.get("text", ""))
    yield _joined(output.get("evalue", ""))
    yield "\n".join(map(str, output.get("traceback", ())))
    for kind, content in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield _joined(content)
        elif "json" in kind:
            yield json.dumps(content, ensure_ascii=False)


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(map(str, text))


def _in_source(cell: Cell) -> Iterator[Finding]:
    seen: set[str] = set()
    for secret in sorted(_of_source(cell), key=lambda secret: secret.at):
        if not any(secret.value in other or other in secret.value for other in seen):
            seen.add(secret.value)
            above = cell.text[: secret.at]
            line, column = above.count("\n") + 1, secret.at - above.rfind("\n")
            yield cell.finding("KN116", f"the source holds {secret.shown}", _SOURCE, line, column)


def _of_source(cell: Cell) -> Iterator[Secret]:
    yield from secrets.known(cell.text)
    if not cell.code.tree.body:
        yield from secrets.named(cell.text)
        return
    # In Python only literals count: `token = tokens[3]` tells nothing.
    for name, value in _assigned(cell.code.nodes):
        kind, at = secrets.under(name, value), cell.text.find(value)
        if kind is not None and at >= 0:
            yield Secret(kind, value, at)
    for line in cell.code.lines:
        at = cell.text.find(line)
        yield from (found._replace(at=found.at + max(at, 0)) for found in secrets.named(line))


def _assigned(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield literal texts with the names they are given."""
    for node in nodes:
        for name, value in spelled(node):
            if isinstance(value.value, str):
                yield name, value.value
