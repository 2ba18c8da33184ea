"""The one `%%flow` of a notebook, read as text: nothing is executed."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final, NamedTuple

from kodonb.batch.cells import is_executed, until
from kodonb.batch.declared import Function
from kodonb.batch.files import Notebook
from kodonb.batch.heads import Head, split
from kodonb.capture import find_flow

_RUN: Final = re.compile(r"^(\s*%%flow\b.*?)\s--run\b", re.MULTILINE)


class OnlyFlow(NamedTuple):
    """The flow of a notebook that has one.

    Attributes:
        place: Place of its cell among all cells of the notebook.
        name: Its name.
        function: Its function, with the lines of the cell.
        where: What the cell is called in messages.
    """

    place: int
    name: str
    function: Function
    where: str


def only_flow(notebook: Notebook, path: Path) -> OnlyFlow | None:
    """Return the flow of a notebook that has one cell of ``%%flow``; `None` if it has none, or several.

    Raises:
        UsageError: The line of ``%%flow`` cannot be read (KN001, KN005).
        FlowError: The cell defines no flow (KN201), several (KN202), or is not Python (KN203).
    """
    heads = [(place, *split(cell.source)) for place, cell in enumerate(notebook.cells) if is_executed(cell)]
    found = [(place, head, body) for place, head, body in heads if head is not None and head.name == "flow"]
    if len(found) != 1:
        return None
    [(place, head, body)] = found
    name = name_of(head)
    if name is None:
        return None
    where = f"{path.name}, cell {len(until(notebook, place))}"
    called = find_flow(body, name, label=where)
    functions = [node for node in ast.parse(body).body if isinstance(node, Function) and node.name == called]
    return OnlyFlow(place, name, functions[-1], where)


def name_of(head: Head) -> str | None:
    """Return the name that ``%%flow`` gives; `None` if it asks for help.

    Raises:
        UsageError: The line cannot be read (KN001, KN005).
    """
    from kodonb.magics.grammar import DEFINE  # noqa: PLC0415 - IPython is loaded where it is needed
    from kodonb.magics.parse import parse, words  # noqa: PLC0415 - as above

    asked = parse(DEFINE, words(head.rest))
    return None if asked.help else str(asked.values["name"])


def is_started(notebook: Notebook, flow: OnlyFlow) -> bool:
    """Whether a cell below that of the flow starts a run of it."""
    name, function = re.escape(flow.name), flow.function.name
    start = re.compile(rf"%flow\s+run\b.*(?<![\w.-]){name}(?![\w.-])|\b(?:{name}|{function})\.submit\b")
    return any(start.search(cell.source) for cell in notebook.cells[flow.place :] if is_executed(cell))


def unstarted(source: str) -> str:
    """Return the cell of a flow without its ``--run``."""
    return _RUN.sub(r"\1", source, count=1)
