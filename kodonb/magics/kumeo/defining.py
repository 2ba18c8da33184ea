"""From a text to flows: checked, shown, and entered in the register."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Any

from kodonb.flows import register
from kodonb.flows.flow import Flow, renamed
from kodonb.kumeo.checks.checking import Checked
from kodonb.kumeo.running import compiled
from kodonb.magics.kumeo import texts
from kodonb.magics.kumeo.remarks import refusal, remarks
from kodonb.magics.kumeo.showing import show_graphs, show_remarks
from kodonb.magics.kumeo.texts import Known, Written
from kodonb.magics.terms import nearest
from kodonb.model.errors import UsageError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def define(
    shell: InteractiveShell, written: Written, name: str | None = None, **options: Any
) -> list[Flow[..., Any]]:
    """Make flows of the workflows of a text, and show them.

    Args:
        shell: The notebook; its variables of the workflows' names become the flows.
        written: The text.
        name: Name of the flow, or which of several workflows is meant.
        options: Metadata of the flows.

    Raises:
        KumeoError: The text has errors; they are shown.
        UsageError: It has no workflow, or none of that name (KN002).
        WorkflowError: A workflow cannot be planned (KN832).
    """
    checked = sound(written)
    made = []
    for workflow, called in _meant(checked, name, written.label):
        flow = compiled(written.text, workflow, folder=written.folder, enter=False, **options)
        made.append((Known(called, workflow, written, checked.program), renamed(flow, name=called)))
    for known, flow in made:
        texts.remember(known)
        _enter(shell, flow)
    show_graphs((known for known, _ in made), remarks(written, checked))
    return [flow for _, flow in made]


def sound(written: Written) -> Checked:
    """Check a text.

    Raises:
        KumeoError: It has errors; they are shown.
    """
    checked = written.checked()
    if checked.errors:
        show_remarks(remarks(written, checked))
        raise refusal(checked)
    return checked


def _meant(checked: Checked, name: str | None, label: str) -> list[tuple[str, str]]:
    """Return names of workflows, with the names of their flows."""
    found = [each.name for each in checked.program.workflows]
    if not found:
        remedy = "add workflow NAME { … }; subworkflows alone cannot be run"
        raise UsageError("there is no workflow in this text", code="KN002", where=label, remedy=remedy)
    if name is None:
        return [(each, each) for each in found]
    if name in found or len(found) == 1:
        return [(name if name in found else found[0], name)]
    near = nearest(name, found)
    raise UsageError(
        f"there is no workflow {name!r} in this text",
        code="KN002",
        where=label,
        remedy=f"did you mean {near}?" if near else f"use one of: {', '.join(found)}",
    )


def _enter(shell: InteractiveShell, flow: Flow[..., Any]) -> None:
    register.enter(flow)
    if flow.name.isidentifier() and not keyword.iskeyword(flow.name):
        shell.user_ns[flow.name] = flow
