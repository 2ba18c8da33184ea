"""Parameters of a notebook as a form: those of its cell tagged ``parameters``, or of its one flow."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.batch import declared, typed
from kodonb.batch.cells import tagged, until
from kodonb.batch.declared import Declared
from kodonb.batch.files import Notebook
from kodonb.batch.flow import OnlyFlow, is_started, only_flow, unstarted
from kodonb.batch.namespace import namespace
from kodonb.flows.form import Form

TAG: Final = "parameters"


class Parameters(NamedTuple):
    """What a notebook asks for.

    Attributes:
        place: Place of the cell among all cells of the notebook.
        declared: The parameters, in their order.
        form: Checks values and reads typed text.
        space: What names of types stand for in that cell.
        flow: The flow whose parameters they are; `None` if they are variables.
    """

    place: int
    declared: tuple[Declared, ...]
    form: Form
    space: dict[str, Any]
    flow: OnlyFlow | None = None


def parameters(notebook: Notebook, path: Path) -> Parameters | None:
    """Return what a notebook asks for; `None` if it asks for nothing.

    Nothing of it is executed here but what the types are made of.

    Raises:
        UsageError: The line of its one ``%%flow`` cannot be read (KN001, KN005).
        FlowError: The cell below defines no flow (KN201), several (KN202), or is not Python (KN203).
    """
    return of_cell(notebook, path) or of_flow(notebook, path)


def of_cell(notebook: Notebook, path: Path) -> Parameters | None:
    """Return what the cell tagged ``parameters`` asks for; `None` if there is no such cell.

    A type is told by an annotation, by a comment (``# type: float``), or by the default. A default that has to be
    computed is left to the kernel, and says nothing of the type.
    """
    place = tagged(notebook, TAG)
    if place is None:
        return None
    before = until(notebook, place)
    asked = declared.of_cell(notebook.cells[place], path.stem, f"{path.name}, cell {len(before)}")
    space = namespace(before, asked.names, path.parent)
    return Parameters(place, asked.declared, typed.form(asked, space), space)


def of_flow(notebook: Notebook, path: Path) -> Parameters | None:
    """Return what the arguments of the notebook's one flow ask for; `None` if it has none, or several.

    What cannot be known from the text is left to the kernel, which checks the values again: a type that no import,
    class or alias tells is any. A value may be missing if it is a cell that starts the flow, which may give it.

    Raises:
        UsageError: The line of ``%%flow`` cannot be read (KN001, KN005).
        FlowError: The cell defines no flow (KN201), several (KN202), or is not Python (KN203).
    """
    flow = only_flow(notebook, path)
    if flow is None:
        return None
    asked = declared.of_function(flow.function, flow.name, flow.where)
    space = namespace(until(notebook, flow.place), asked.names, path.parent)
    source = notebook.cells[flow.place].source
    partial = is_started(notebook, flow) and unstarted(source) == source
    form = typed.form(asked, space, later=True, partial=partial)
    return Parameters(flow.place, asked.declared, form, space, flow)
