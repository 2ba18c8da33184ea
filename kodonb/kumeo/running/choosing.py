"""A workflow of a program, and the sections that its references and agents look things up in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from kodonb.kumeo.agents.sections import read_json
from kodonb.kumeo.program.records import Model, Program, Workflow
from kodonb.kumeo.program.values import plain
from kodonb.kumeo.running.errors import WorkflowError

_JSON: Final = ".json"


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


def entry(sections: Mapping[str, Mapping[str, Any]], path: str, folder: Path | None = None) -> Any:
    """Return the entry that a path of names leads to; null if there is none.

    Where the path goes into a JSON file that stands for settings, the file is read.

    Args:
        sections: The sections.
        path: Names with dots, such as ``"config.limits.high"``.
        folder: Folder of the program; `None` to read no files.

    Raises:
        AgentError: The file cannot be read (KN804).
    """
    head, *rest = path.split(".")
    value: Any = sections.get(head)
    for part in rest:
        if head == "config" and folder is not None and isinstance(value, str) and value.endswith(_JSON):
            value = read_json(folder / value)
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _model(model: Model) -> dict[str, str]:
    said = {
        "file": model.file,
        "type": model.type,
        "version": model.version,
        "description": model.description,
    }
    return {name: text for name, text in said.items() if text}
