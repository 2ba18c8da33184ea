"""Texts in Kumeo, written as the Python that they mean: so their workflows are exported as all flows are.

A ``%%kumeo`` cell, or a file, becomes one constant with its text, on the lines on which it stands, and a function for
each workflow. Callers of a service say which messages, not which files are read or which servers are asked; so the
function has fewer parameters than the flow in the notebook.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from kodonb.batch.workflow import Text, agent_types, text_of
from kodonb.capture.index import Def, index
from kodonb.capture.slicing import Left
from kodonb.capture.sources import Source, place
from kodonb.export.filling import fill
from kodonb.export.spelling import spelled
from kodonb.export.workflow_files import Found, found
from kodonb.kumeo.agents import registry
from kodonb.kumeo.diagnostics.text import gist
from kodonb.kumeo.program.records import Program, Workflow
from kodonb.kumeo.running.compiling import identifier, summary
from kodonb.model.errors import FlowError, KodonbError, ServiceError

RUN: Final = "run_workflow"
"""What the functions of workflows call."""


class Translated(NamedTuple):
    """A text in Kumeo as Python.

    Attributes:
        source: The Python.
        functions: Its functions, one for each workflow, with the files of that.
        where: The place of the text.
        unknown: Types of agents that nothing defines which comes along.
    """

    source: Source
    functions: Mapping[str, Found]
    where: str
    unknown: tuple[str, ...]

    def left(self) -> Iterator[Left]:
        """Yield what of it does not come along, worth telling."""
        yield from (Left(self.where, each) for one in self.functions.values() for each in one.left)
        for type_ in self.unknown:
            yield Left(self.where, f"agents of the type {type_}, which nothing defines that comes along")


def is_workflow(function: Def) -> bool:
    """Whether a function is one that was written here."""
    last = function.body[-1]
    called = last.value.value if isinstance(last, ast.Return) and isinstance(last.value, ast.Await) else None
    return isinstance(called, ast.Call) and isinstance(called.func, ast.Name) and called.func.id == RUN


def translated(cells: Sequence[Source], folder: Path) -> list[Source | Translated]:
    """Return cells of a notebook, those in Kumeo as Python.

    Args:
        cells: The cells of code, as they were typed.
        folder: The notebook's folder.

    Raises:
        FlowError: A text has errors (KN830).
        UsageError: The line of ``%%kumeo`` cannot be read (KN001, KN005).
    """
    agents = _agents(cells)
    taken = "\n".join(cell.text for cell in cells)
    made: list[Source | Translated] = []
    for cell in cells:
        text = _read(cell)
        made.append(cell if text is None else _python(text, cell, folder, agents, taken))
    return made


def file(text: str, path: Path) -> Translated:
    """Return a file in Kumeo as Python.

    Raises:
        FlowError: The text has errors (KN830).
    """
    # The constant begins on the line above the text.
    return _python(Text(text), Source("", path.name, offset=-1), path.parent, {}, "")


def wanted(texts: Iterable[Translated], functions: Iterable[str]) -> None:
    """Make sure that the files are there that wanted workflows name.

    Raises:
        ServiceError: One is not there, or not below the folder (KN804); all are told.
    """
    for text in texts:
        wrong = [each for name in functions if name in text.functions for each in text.functions[name].wrong]
        if wrong:
            raise ServiceError(
                f"files that the workflow names cannot come along: {'; '.join(wrong)}",
                code="KN804",
                where=text.where,
                remedy="put them below the folder of the notebook or text, where relative paths start; if cells of the "
                "notebook write them, execute it there first, without os.chdir in it; or write ${env.NAME} for their "
                "place",
            )


def _read(cell: Source) -> Text | None:
    try:
        return text_of(cell.text)
    except KodonbError as error:
        error.where = place(cell.label, cell.text[: cell.text.index("%%")].count("\n") + 1)
        raise


def _python(text: Text, cell: Source, folder: Path, agents: Mapping[str, str], taken: str) -> Translated:
    program = _program(text, cell.label)
    chosen = text.flows(program.workflows)
    files = {name: found(program, each, folder) for name, each in chosen.items()}
    written = {
        name: _function(name, each, text, files[name], _own(program, each, agents))
        for name, each in chosen.items()
    }
    first = next(iter(chosen.values()), None)
    constant = _unused(_constant(first.name if first else ""), taken)
    source = fill("workflow.py", constant=constant, literal=_literal(text.text), workflows=written.values())
    return Translated(
        cell._replace(text="\n" * max(0, text.above - 1) + source),
        {one["function"]: files[name] for name, one in written.items()},
        place(cell.label, text.above + 1),
        tuple(dict.fromkeys(each for one in chosen.values() for each in _unknown(program, one, agents))),
    )


def _program(text: Text, label: str) -> Program:
    checked = text.checked(label)
    if checked.errors:
        first = checked.errors[0]
        message, remedy = gist(checked.errors)
        where = f"{place(first.file, first.line)}, column {first.column}"
        raise FlowError(message, code="KN830", where=where, remedy=remedy)
    return checked.program


def _function(
    name: str, workflow: Workflow, text: Text, files: Found, own: Mapping[str, str]
) -> dict[str, Any]:
    function = identifier(workflow.name, own.values())
    options = dict(text.options)
    tags = ["kumeo", *options.pop("tag", ())]
    options = {**({"name": name} if name != function else {}), **options, "tags": tags}
    return {
        "name": workflow.name,
        "function": function,
        "options": ", ".join(f"{key}={spelled(value)}" for key, value in options.items()),
        "summary": summary(workflow),
        "files": files.names,
        "agents": own,
    }


def _own(program: Program, workflow: Workflow, agents: Mapping[str, str]) -> dict[str, str]:
    return {type_: agents[type_] for type_ in _types(program, workflow) if type_ in agents}


def _types(program: Program, workflow: Workflow) -> list[str]:
    everyone = [*workflow.preprocessors, *workflow.agents]
    everyone += [agent for each in program.subworkflows for agent in each.agents]
    return sorted({agent.type for agent in everyone} - registry.BUILT_IN.keys())


def _unknown(program: Program, workflow: Workflow, agents: Mapping[str, str]) -> Iterator[str]:
    for type_ in _types(program, workflow):
        if type_ not in agents and type_ not in workflow.models and registry.find(type_) is None:
            yield type_


def _agents(cells: Sequence[Source]) -> dict[str, str]:
    """Return the functions and classes of a notebook that are agents, by the names of their types."""
    known = (index(cell.text) for cell in cells)
    return dict(each for one in known if one is not None for each in agent_types(one.tree.body))


def _literal(text: str) -> str:
    """Spell a text over several lines, as little changed as can be."""
    body = "\n" + text.rstrip("\n") + "\n"
    for quotes in ('"""', "'''"):
        if quotes not in body:
            return f"{'r' if chr(92) in body else ''}{quotes}{body}{quotes}"
    escaped = body.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""{escaped}"""'


def _constant(workflow: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", f"{workflow}_TEXT").upper().strip("_")


def _unused(name: str, taken: str) -> str:
    while re.search(rf"\b{name}\b", taken):
        name = f"_{name}"
    return name
