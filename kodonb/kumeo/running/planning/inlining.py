"""Subworkflows within a workflow: their agents become agents of it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kodonb.kumeo.program.records import Integration, Link, Outlet, Program, SubWorkflow, Workflow
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.reads import Read, merged, of_agent
from kodonb.kumeo.running.planning.scope import Scope


class Part(msgspec.Struct, kw_only=True):
    """A subworkflow in its place.

    Attributes:
        name: Under which it is used.
        subworkflow: Its declaration.
        scope: Its names.
        inputs: Where its inputs come from, as far as that is said.
        outlets: Where its outputs go, as far as that is said.
    """

    name: str
    subworkflow: SubWorkflow
    scope: Scope
    inputs: dict[str, Link] = {}
    outlets: dict[str, Outlet] = {}


def inlined(program: Program, workflow: Workflow) -> list[Part]:
    """Return the subworkflows that a workflow uses, by `use` or by an integration.

    Raises:
        WorkflowError: One of them uses others (KN832).
    """
    known = {each.name: each for each in program.subworkflows}
    found: list[Part] = []
    for name in (*(use.subworkflow for use in workflow.uses), *(each.use for each in program.integrations)):
        if name in known and known[name].uses:
            raise WorkflowError(
                f"`{name}` uses `{known[name].uses[0].subworkflow}`: a part within a part cannot be run",
                where=f"line {known[name].line}",
                remedy="let the workflow use both",
            )
    for use in workflow.uses:
        if use.subworkflow in known:
            part = _part(use.name, known[use.subworkflow], workflow)
            if not _is_read(use.name, workflow):
                part.outlets = {name: Outlet(kind="target", name="") for name in part.subworkflow.output}
            found.append(part)
    for each in program.integrations:
        if each.workflow == workflow.name and each.use in known:
            found.append(_integrated(each, known[each.use], workflow, {part.name for part in found}))
    return found


def _part(name: str, subworkflow: SubWorkflow, workflow: Workflow) -> Part:
    return Part(name=name, subworkflow=subworkflow, scope=Scope(sources=workflow.sources))


def _integrated(each: Integration, subworkflow: SubWorkflow, workflow: Workflow, taken: set[str]) -> Part:
    name = next(name for name in _names(each.name or each.use) if name not in taken)
    part = _part(name, subworkflow, workflow)
    part.inputs, part.outlets = dict(each.input), dict(each.output)
    return part


def _names(stem: str) -> Iterator[str]:
    yield stem
    number = 1
    while True:
        number += 1
        yield f"{stem}_{number}"


def _is_read(name: str, workflow: Workflow) -> bool:
    links = [link for agent in (*workflow.preprocessors, *workflow.agents) for link in agent.inputs]
    meanings = [choice.meaning for link in links for choice in link.choices]
    return any(each is not None and each.kind == "use" and each.name == name for each in meanings)


def made_of(subworkflow: SubWorkflow, scope: Scope) -> dict[str, Read]:
    """Return the reads of what a subworkflow gives: of what outlets name, of an agent, or of a field of the last."""
    found: dict[str, Read] = {}
    last = _last(subworkflow)
    for name in subworkflow.output:
        direct = next(
            (agent.id for agent in subworkflow.agents if Outlet(kind="output", name=name) in agent.outputs),
            "",
        )
        named = direct or next(
            (agent.id for agent in subworkflow.agents if name in {agent.id, *_streams(agent.outputs)}), ""
        )
        if named:
            found[name] = of_agent(scope.ids[named])
        elif last:
            path = (name,) if len(subworkflow.output) > 1 else ()
            found[name] = merged([(last, of_agent(scope.ids[last]))], path)
    return found


def _streams(outlets: tuple[Outlet, ...]) -> list[str]:
    return [outlet.name for outlet in outlets if outlet.kind == "stream"]


def _last(subworkflow: SubWorkflow) -> str:
    """Return the agent whose result nobody takes, if there is one only."""
    needed = {need for agent in subworkflow.agents for need in agent.needs}
    ends = [agent.id for agent in subworkflow.agents if agent.id not in needed]
    return ends[-1] if ends else ""
