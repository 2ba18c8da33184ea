"""What is executed: the notebook with its parameters put in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from kodonb.batch import files, parameters
from kodonb.batch.cells import code_cells, is_executed, tagged
from kodonb.batch.files import Notebook
from kodonb.batch.flow import OnlyFlow, is_started, unstarted
from kodonb.batch.injection import TAG, Injection, inject, made
from kodonb.batch.lint.rules.unread import unread_later
from kodonb.batch.parameters import Parameters
from kodonb.flows.form import Form
from kodonb.model.errors import UsageError


class Plan(NamedTuple):
    """A notebook that is ready to be executed.

    Attributes:
        notebook: The notebook.
        environment: What the kernel's environment must hold besides.
        shown: The given values as text, secrets masked.
        warnings: What should be told, and hinders nothing.
        total: How many code cells will be executed.
    """

    notebook: Notebook
    environment: dict[str, str]
    shown: dict[str, str]
    warnings: tuple[str, ...]
    total: int


def plan(path: Path, texts: Mapping[str, str], values: Mapping[str, Any]) -> Plan:
    """Read a notebook, check the values for its parameters, and put them in.

    Args:
        path: The notebook.
        texts: Values as typed text; these win.
        values: Values as Python or JSON values.

    Raises:
        UsageError: There is no such file (KN006), or it takes no parameters (KN010).
        InputsError: Values do not fit: all problems at once (KN010).
        FlowError: The one flow, whose parameters these are, is none (KN201, KN202, KN203).
        NotebookError: It is no notebook (KN601).
    """
    notebook = files.read(path)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    found = _asked(notebook, path, wanted=bool(texts or values))
    given = _checked(found.form, texts, values) if found else {}
    spelled = Injection(found.space if found else {})
    warnings = tuple(_warnings(notebook, found)) if found else ()
    if given and found:
        _put(notebook, found, given, spelled)
    total = sum(map(is_executed, notebook.cells))
    shown = {name: str(value) for name, value in given.items()}
    return Plan(notebook, spelled.environment, shown, warnings, total)


def _asked(notebook: Notebook, path: Path, *, wanted: bool) -> Parameters | None:
    """Return what a notebook asks for; the parameters of its flow only if values are given."""
    python = files.language(notebook) == "python"
    found = parameters.of_cell(notebook, path) if python else None
    if found is None and wanted:
        found = parameters.of_flow(notebook, path) if python else None
        if found is None:
            raise UsageError(
                f"{path.name} takes no parameters",
                code="KN010",
                where=str(path),
                remedy="tag the cell that sets them `parameters`, or define them as those of its one %%flow",
            )
    return found


def _checked(form: Form, texts: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were given, as what they are.

    Raises:
        InputsError: Some do not fit, are unknown or are missing (KN010).
    """
    whole = form.validate({**values, **form.parse(texts)})
    return {name: value for name, value in whole.items() if name in values or name in texts}


def _warnings(notebook: Notebook, found: Parameters) -> list[str]:
    idle = unread_later(notebook) if found.flow is None else []
    return [f"parameter {name!r} is read by no later cell (KN115)" for name in idle]


def _put(notebook: Notebook, found: Parameters, given: Mapping[str, Any], spelled: Injection) -> None:
    if found.flow is None:
        inject(notebook, spelled.variables(given), found.place)
    else:
        _put_into_flow(notebook, found.flow, spelled.call(f"{found.flow.function.name}.fix", given))


def _put_into_flow(notebook: Notebook, flow: OnlyFlow, fix: str) -> None:
    """Let every run of a flow take the values, and start one if no cell does."""
    cell, run = notebook.cells[flow.place], made(f"%flow run {flow.name}", "injected-run")
    plain = unstarted(cell.source)
    inject(notebook, fix, flow.place)
    if plain != cell.source:  # with `--run` it would start before it has the values
        cell.source = plain
        notebook.cells.insert((tagged(notebook, TAG) or flow.place) + 1, run)
    elif not is_started(notebook, flow):
        notebook.cells.append(run)
