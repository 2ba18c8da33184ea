"""What the flow of a workflow does: reads the program, opens what is around it, and carries it to its end."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from kodonb.flows.context import current
from kodonb.kumeo.agents import registry
from kodonb.kumeo.agents.custom import agent
from kodonb.kumeo.checks.checking import check
from kodonb.kumeo.diagnostics.text import gist
from kodonb.kumeo.program.records import Program
from kodonb.kumeo.running.carrying import Outcome, carry
from kodonb.kumeo.running.choosing import sections
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.occupying import unapplied
from kodonb.kumeo.running.planning.planning import plan
from kodonb.kumeo.running.replicas import Scaling, copies
from kodonb.kumeo.running.settings import filling
from kodonb.kumeo.running.sharing import Share
from kodonb.kumeo.running.surrounding import Surrounding, Wishes
from kodonb.kumeo.running.telling.shown import ShownTarget


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
    files: Mapping[str, str | Path] | None = None,
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
        files: Files that the program names, where they are now, if not in `folder`: all below one other folder.
        agents: Functions and classes that are agents under these names (see `kodonb.agent`).
        copied: Whether there may be copies of it.

    Returns:
        What became of it: `workflow events results dead seconds`, and with `events` the results themselves as
        `values`, as far as they are not too many.

    Raises:
        KodonbError: The program has errors, or something cannot be opened.
    """
    for name, each in (agents or {}).items():
        _known(name, each)
    program = checked(text)
    if limit < 0:
        raise WorkflowError(f"limit cannot be {limit}", remedy="write 0 for no limit")
    place = Path(folder or Path.cwd())
    beside = _above(files) or place
    made = plan(program, workflow, beside)
    fill = filling(os.environ, sections(made.workflow), beside)
    wishes = Wishes(events=events, out=out, replay=replay, nats=nats)
    around = Surrounding(workflow=made.workflow, fill=fill, folder=place, wishes=wishes, emit=current().emit)
    ids = [*(node.id for node in made.nodes), *made.spares]
    for warning in (*made.warnings, *(unapplied(made.workflow, ids) if copied else ())):
        around.warn(warning)
    scaling = (
        Scaling(made.workflow.deployment, fill, ids)
        if copied and events is None and not limit
        else Scaling(None, fill)
    )
    async with around.opened() as world:
        if scaling.most > 1 and (
            world.ordered or not all(hasattr(each, "backlog") for each in world.sources)
        ):
            around.warn("there is one copy only: order is kept by key, or a source is not durable")
            scaling = Scaling(None, fill)
        async with copies(scaling, serve, (text, made.name, nats, folder, files, agents), [*world.sources]):
            outcome = await carry(made, world, beside, limit=limit)
        return _told(outcome, world.targets[0])


async def serve(  # noqa: PLR0917 - copies are given what `run` was, by place
    text: str,
    workflow: str,
    nats: str,
    folder: str,
    files: Mapping[str, str | Path] | None,
    agents: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """Carry a copy of a workflow that shares the messages of its durable consumers with others."""
    return await run(text, workflow, nats=nats, folder=folder, files=files, agents=agents, copied=False)


def _known(name: str, made: Any) -> None:
    """Make a function or class an agent, unless its own decorator has, which may say more of it."""
    found = registry.find(name)
    if made not in {found, getattr(found, "function", None)}:
        agent(name)(made)


def _above(files: Mapping[str, str | Path] | None) -> Path | None:
    """Return the folder in which the program's names of files start; `None` if it has no files."""
    for name, file in (files or {}).items():
        return Path(file).parents[len(PurePosixPath(name).parts) - 1]
    return None


def checked(text: str) -> Program:
    """Return the program of a text.

    Raises:
        WorkflowError: It has errors (KN830).
    """
    found = check(text)
    if found.errors:
        first = found.errors[0]
        message, remedy = gist(found.errors)
        where = f"{first.file}:{first.line}:{first.column}"
        raise WorkflowError(message, code="KN830", where=where, remedy=remedy)
    return found.program


def _told(outcome: Outcome, target: Any) -> dict[str, Any]:
    told: dict[str, Any] = {**msgspec.to_builtins(outcome), "results": list(outcome.results)}
    place = target.place if isinstance(target, Share) else target
    if isinstance(place, ShownTarget):
        told["values"] = place.values
    return told
