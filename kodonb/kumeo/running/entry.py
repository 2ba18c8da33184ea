"""What the flow of a workflow does: reads the program, opens what is around it, and carries it to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from kodonb.flows.context import current
from kodonb.kumeo.agents.custom import agent
from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.program.records import Program, Workflow
from kodonb.kumeo.running.carrying import Outcome, carry
from kodonb.kumeo.running.choosing import sections
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning import plan
from kodonb.kumeo.running.replicas import Scaling, copies
from kodonb.kumeo.running.settings import filling
from kodonb.kumeo.running.shown import ShownTarget
from kodonb.kumeo.running.surrounding import Surrounding, Wishes


async def run(
    text: str,
    workflow: str = "",
    *,
    events: list[Any] | str | None = None,
    out: str = "",
    limit: int = 0,
    replay: str = "",
    nats: str = "",
    folder: str = "",
    agents: Mapping[str, Any] | None = None,
    copied: bool = True,
) -> dict[str, Any]:
    """Run a workflow until its sources are at their end, or the run is cancelled.

    Args:
        text: The program.
        workflow: Name of the workflow; may be left out if there is only one.
        events: Messages instead of the sources: a list, or a file.
        out: File instead of the targets.
        limit: Messages of each source at most; 0 for no limit.
        replay: Time or offset from which messages are taken again.
        nats: Address of the NATS server.
        folder: Folder of the program; relative paths start there.
        agents: Functions and classes that are agents under these names (see `kodonb.agent`).
        copied: Whether there may be copies of it.

    Returns:
        What became of it: `workflow events results dead seconds`, and with `events` the results themselves as
        `values`, as far as they are not too many.

    Raises:
        KodonbError: The program has errors, or something cannot be opened.
    """
    for name, each in (agents or {}).items():
        agent(name)(each)
    program = checked(text)
    made = plan(program, workflow)
    place = Path(folder or Path.cwd())
    fill = filling(os.environ, sections(made.workflow))
    wishes = Wishes(events=events, out=out, replay=replay, nats=nats)
    around = Surrounding(workflow=made.workflow, fill=fill, folder=place, wishes=wishes, emit=current().emit)
    for warning in (*made.warnings, *_not_applied(made.workflow)):
        around.warn(warning)
    scaling = (
        Scaling(made.workflow.deployment, fill)
        if copied and events is None and not limit
        else Scaling(None, fill)
    )
    async with around.opened() as world:
        if scaling.most > 1 and (
            world.ordered or not all(hasattr(each, "backlog") for each in world.sources)
        ):
            around.warn("there is one copy only: order is kept by key, or a source is not durable")
            scaling = Scaling(None, fill)
        async with copies(scaling, serve, (text, made.name, nats, folder, agents), [*world.sources]):
            outcome = await carry(made, world, place, limit=limit)
        return _told(outcome, world.targets[0])


async def serve(
    text: str, workflow: str, nats: str, folder: str, agents: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Carry a copy of a workflow that shares the messages of its durable consumers with others."""
    return await run(text, workflow, nats=nats, folder=folder, agents=agents, copied=False)


def _not_applied(workflow: Workflow) -> Iterator[str]:
    """Yield what of the deployment means nothing here."""
    for id_ in sorted(workflow.deployment.resources) if workflow.deployment is not None else ():
        if id_ != "default":
            yield f"agents share their processes: what `resources` says of `{id_}` alone is not applied"


def checked(text: str) -> Program:
    """Return the program of a text.

    Raises:
        WorkflowError: It has errors (KN830).
    """
    found = check(text)
    if found.errors:
        first = found.errors[0]
        more = f" (and {len(found.errors) - 1} more)" if len(found.errors) > 1 else ""
        raise WorkflowError(
            f"{first.code} {first.message}{more}",
            code="KN830",
            where=f"{first.file}:{first.line}:{first.column}",
            remedy=first.remedy,
        )
    return found.program


def _told(outcome: Outcome, target: Any) -> dict[str, Any]:
    told: dict[str, Any] = {**msgspec.to_builtins(outcome), "results": list(outcome.results)}
    if isinstance(target, ShownTarget):
        told["values"] = target.values
    return told
