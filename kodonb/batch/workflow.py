"""Cells of ``%%kumeo``, read as text: nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from kodonb.batch.declared import Function
from kodonb.batch.heads import split
from kodonb.kumeo.checks.checking import Checked, check
from kodonb.kumeo.diagnostics.diagnostic import Diagnostic
from kodonb.kumeo.program.records import Workflow


class Text(NamedTuple):
    """A text in Kumeo.

    Attributes:
        text: The text.
        above: Lines above it in its cell.
        name: Name of the flow, or which of several workflows is meant, if the cell says so.
        options: Metadata of the flows.
    """

    text: str
    above: int = 0
    name: str | None = None
    options: Mapping[str, Any] = {}

    def checked(self, label: str) -> Checked:
        """Check it; the lines of what is wrong are those of the cell."""
        return check("\n" * self.above + self.text, label)

    def flows(self, found: Iterable[Workflow]) -> dict[str, Workflow]:
        """Return the workflows that become flows, by the names of these."""
        known = {each.name: each for each in found}
        if self.name is None or self.name in known:
            return known if self.name is None else {self.name: known[self.name]}
        return {self.name: next(iter(known.values()))} if len(known) == 1 else {}


def text_of(source: str) -> Text | None:
    """Return the text of a cell; `None` if it is not one of ``%%kumeo``, or asks for help.

    Raises:
        UsageError: The line of ``%%kumeo`` cannot be read (KN001, KN005).
    """
    head, _ = split(source)
    if head is None or head.name != "kumeo":
        return None
    from kodonb.magics.kumeo.grammar import DEFINE  # noqa: PLC0415 - IPython is loaded where it is needed
    from kodonb.magics.parse import parse, words  # noqa: PLC0415 - as above

    asked = parse(DEFINE, words(head.rest))
    if asked.help:
        return None
    options = dict(asked.values)
    lines = source.replace("\r\n", "\n").split("\n")
    return Text("\n".join(lines[head.line :]), head.line, options.pop("name", None), options)


def agent_types(nodes: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield the types of agents that code defines by ``@agent``, each with the name of its function or class."""
    for node in nodes:
        if not isinstance(node, Function | ast.ClassDef):
            continue
        for mark in node.decorator_list:
            bare = mark.func if isinstance(mark, ast.Call) else mark
            if str(getattr(bare, "attr", getattr(bare, "id", ""))) == "agent":
                yield _called(mark) or node.name, node.name


def _called(mark: ast.expr) -> str:
    match mark:
        case ast.Call(args=[ast.Constant(value=str() as name), *_]):
            return name
    return ""


def is_of_type(one: Diagnostic, checked: Checked, types: Iterable[str]) -> bool:
    """Whether a diagnostic says that one of these types is unknown."""
    if one.code not in {"E131", "W131"}:
        return False
    line = checked.tree.source.line(one.line)
    return line[one.column - 1 : one.end_column - 1].strip("\"'") in set(types)
