"""What is executed: the notebook with its parameters put in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat.v4

from kodonb.batch import files, injection
from kodonb.batch.cells import code_cells, executed
from kodonb.batch.files import Notebook
from kodonb.batch.injection import Injection, inject
from kodonb.batch.parameters import Parameters, parameters, unread
from kodonb.flows.form import Form
from kodonb.model.errors import InputsError, KodonbError, UsageError


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
        NotebookError: It is no notebook (KN601).
    """
    notebook = files.read(path)
    for cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    spelled = Injection({})
    warnings: tuple[str, ...] = ()
    given: dict[str, Any] = {}
    found = parameters(notebook, path) if files.language(notebook) == "python" else None
    if found is not None:
        given = checked(found.form, texts, values)
        spelled = Injection(found.space)
        warnings = tuple(_warnings(notebook, found))
        if given:
            inject(notebook, spelled.source(given), found.place)
    elif texts or values:
        given = _into_flow(notebook, path, texts, values, spelled)
    total = sum(map(executed, notebook.cells))
    shown = {name: str(value) for name, value in given.items()}
    return Plan(notebook, spelled.environment, shown, warnings, total)


def checked(form: Form, texts: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were given, as what they are.

    Raises:
        InputsError: Some do not fit, are unknown or are missing (KN010).
    """
    whole = form.validate({**values, **form.parse(texts)})
    return {name: value for name, value in whole.items() if name in values or name in texts}


def _warnings(notebook: Notebook, found: Parameters) -> list[str]:
    return [f"parameter {name!r} is read by no later cell (KN115)" for name in unread(notebook, found)]


def _into_flow(
    notebook: Notebook, path: Path, texts: Mapping[str, str], values: Mapping[str, Any], spelled: Injection
) -> dict[str, Any]:
    """Give the values to the one flow that the notebook defines."""
    from kodonb.magics.notebook import defined  # noqa: PLC0415 - IPython is loaded where it is needed

    heads = ((place, cell.source) for place, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    found = [(place, name) for place, source in heads if "%%flow" in source for name in defined(source)]
    if len(found) != 1:
        raise UsageError(
            f"{path.name} takes no parameters",
            code="KN010",
            where=str(path),
            remedy="tag the cell that sets them `parameters`, or define them as those of its one %%flow",
        )
    [(place, name)] = found
    given = _given(_form(path, name), texts, values)
    words = ", ".join(f"{key}={spelled.spelled(value)}" for key, value in given.items())
    inject(notebook, f"# Parameters\n{name}.fix({words})", place)
    if not any(_starts(cell.source, name) for cell in notebook.cells[place:] if cell.cell_type == "code"):
        run = nbformat.v4.new_code_cell(
            f"%flow run {name}", id="injected-run", metadata={"tags": [injection.TAG]}
        )  # type: ignore[no-untyped-call]
        notebook.cells.append(run)
    return given


def _form(path: Path, name: str) -> Form:
    """Return the form of a flow, for which the cells up to its own are executed here."""
    from kodonb.magics.notebook import define  # noqa: PLC0415 - IPython is loaded where it is needed

    try:
        return define(path, name)[name].form
    except KodonbError:
        raise
    except Exception as error:
        raise UsageError(
            f"the form of {name} cannot be had: {type(error).__name__}: {error}",
            code="KN006",
            where=path.name,
            remedy="mend the cells above it; they are executed to know its parameters",
        ) from error


def _given(form: Form, texts: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that were given; what is missing a cell may give."""
    try:
        return checked(form, texts, values)
    except InputsError as error:
        if any(
            problem.field not in form.required or problem.field in {*texts, *values}
            for problem in error.problems
        ):
            raise
    return {**values, **form.parse(texts)}


def _starts(source: str, flow: str) -> bool:
    """Whether a cell starts a run of a flow."""
    return re.search(rf"%flow\s+run\b.*\b{flow}\b|\b{flow}\.submit\b|%%flow\s.*--run\b", source) is not None
