"""From the text of a program to a flow: named after the workflow, with the text in its code.

The flow's function is made of a small module whose source holds the text; so a runner elsewhere needs nothing
else, the text is part of the hash of what runs, and ``%flow code`` shows it.
"""

from __future__ import annotations

import builtins
import hashlib
import keyword
import linecache
import os
from collections.abc import Container, Iterator
from types import ModuleType
from typing import Any, Final

from kodonb.flows import register
from kodonb.flows.flow import Flow, describe
from kodonb.kumeo.agents import registry
from kodonb.kumeo.program.records import Program, Workflow
from kodonb.kumeo.running.choosing import chosen, sections
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.planning.planning import plan
from kodonb.kumeo.running.replicas import Scaling
from kodonb.kumeo.running.settings import filling

_LONGEST: Final = 200  # letters of an address that a summary shows

_SOURCE: Final = '''\
from __future__ import annotations

from typing import Any

from kodonb.kumeo.running.entry import run


async def {function}(
    events: list[Any] | str | None = None,
    out: str = "",
    limit: int = 0,
    replay: str = "",
    nats: str = "",
    folder: str = {folder!r},
) -> dict[str, Any]:
    """Workflow {name}: {summary}.

    Args:
        events: Messages instead of the sources: a list, or a file.
        out: File instead of the targets.
        limit: Messages of each source at most; 0 for no limit.
        replay: Time or offset from which messages are taken again.
        nats: Address of the NATS server.
        folder: Folder of the program; relative paths start there.
    """
    program = (
{text}
    )
    return await run(
        program, {name!r}, events=events, out=out, limit=limit, replay=replay, nats=nats, folder=folder, agents={agents}
    )
'''


def compiled(
    text: str, workflow: str = "", *, folder: str = "", enter: bool = True, **meta: Any
) -> Flow[..., Any]:
    """Return the flow of a workflow.

    Args:
        text: The program.
        workflow: Name of the workflow; may be left out if there is only one.
        folder: Folder of the program; relative paths start there.
        enter: Whether it is entered in the register of flows.
        meta: Metadata of the flow, as for `kodonb.flow`.

    Raises:
        WorkflowError: The program has errors (KN830), there is no such workflow (KN831), or it cannot be
        planned, or what it occupies, or how it is scaled, is malformed (KN832).
    """
    program = checked(text)
    declared = chosen(program, workflow)
    made = plan(program, declared.name)
    own = _own(program)
    source = _source(text, declared, folder, own)
    function = getattr(_module(source, declared.name, own), identifier(declared.name, own))
    fill = filling(os.environ, sections(declared))
    scaling = Scaling(declared.deployment, fill, [*(node.id for node in made.nodes), *made.spares])
    given = {"summary": summary(declared), "tags": ("kumeo",), **scaling.resources, **meta}
    flow: Flow[..., Any] = Flow(function, describe(function, declared.name, **given))
    return register.enter(flow) if enter else flow


def _own(program: Program) -> dict[str, Any]:
    """Return the functions and classes of users that are agents of a program, by the names of their types."""
    everyone = [agent for each in program.workflows for agent in (*each.preprocessors, *each.agents)]
    everyone += [agent for each in program.subworkflows for agent in each.agents]
    found = {
        name: registry.find(name)
        for name in sorted({agent.type for agent in everyone})
        if name not in registry.BUILT_IN
    }
    return {name: getattr(kind, "function", kind) for name, kind in found.items() if kind is not None}


def _source(text: str, workflow: Workflow, folder: str, own: dict[str, Any]) -> str:
    agents = ", ".join(f"{name!r}: {name}" for name in own)
    lines = "\n".join(f"        {line!r}" for line in _lines(text))
    return _SOURCE.format(
        function=identifier(workflow.name, own),
        name=workflow.name,
        summary=summary(workflow),
        folder=folder,
        text=lines,
        agents=f"{{{agents}}}" if own else None,
    )


def _lines(text: str) -> Iterator[str]:
    yield from text.splitlines(keepends=True) or [""]


def identifier(name: str, others: Container[str] = ()) -> str:
    """Return what the function of a workflow is called in Python.

    Args:
        name: Name of the workflow.
        others: Names that its module has besides.
    """
    means_more = keyword.iskeyword(name) or hasattr(builtins, name) or name in {"Any", "Path", "kb", "run"}
    return f"{name}_workflow" if means_more or name in others else name


def summary(workflow: Workflow) -> str:
    """Return what a workflow is in one line: from where, through how many agents, to where.

    It can stand in a docstring: addresses, which may say anything, neither end that nor escape anything in it.
    """
    agents = len(workflow.preprocessors) + len(workflow.agents)
    ends = [
        ", ".join(f"{each.type}({_address(each.address)})" for each in some)
        for some in (workflow.sources, workflow.targets)
    ]
    return (
        f"{ends[0] or 'nothing'} → {agents} {'agent' if agents == 1 else 'agents'} → {ends[1] or 'results'}"
    )


def _address(said: object) -> str:
    text = str(said or "").replace("\\", "/").replace('"', "'")
    line = "".join(char if char.isprintable() else " " for char in text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _module(source: str, name: str, own: dict[str, Any]) -> ModuleType:
    """Return a module made of source text; `inspect.getsource` and tracebacks know its lines."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    file = f"<kumeo {name} {digest}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    module = ModuleType(f"kumeo_{digest}")
    module.__file__ = file
    vars(module).update(own)
    exec(compile(source, file, "exec"), vars(module))  # noqa: S102 - text of ours, in which the program is a literal
    return module
