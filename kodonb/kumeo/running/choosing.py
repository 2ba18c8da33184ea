"""A workflow of a program, and the sections that its references and agents look things up in."""

from __future__ import annotations

from typing import Any

from kodonb.kumeo.program.records import Model, Program, Workflow
from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running.errors import WorkflowError


def chosen(program: Program, name: str = "") -> Workflow:
    """Return a workflow of a program.

    Raises:
        WorkflowError: There is no such workflow, or several and no name (KN831).
    """
    names = [each.name for each in program.workflows]
    found = [each for each in program.workflows if not name or each.name == name]
    if len(found) == 1:
        return found[0]
    what = f"no workflow {name!r}" if name else "no workflow" if not names else "more than one workflow"
    raise WorkflowError(
        f"there is {what} in the program",
        code="KN831",
        remedy=f"name one of {', '.join(names)}" if names else "define one: workflow Name { … }",
    )


def sections(workflow: Workflow) -> dict[str, dict[str, Any]]:
    """Return the sections that references and agents look things up in, as JSON values."""
    return {
        "models": {name: _model(each) for name, each in workflow.models.items()},
        "schemas": {name: plain(each) for name, each in workflow.schemas.items()},
        "data": {
            name: {"file": each.file, "description": each.description} for name, each in workflow.data.items()
        },
        "config": {name: plain(each) for name, each in workflow.config.items()},
    }


def _model(model: Model) -> dict[str, str]:
    said = {
        "file": model.file,
        "type": model.type,
        "version": model.version,
        "description": model.description,
    }
    return {name: text for name, text in said.items() if text}
