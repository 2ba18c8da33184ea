"""One agent by itself, on an event that was recorded or made up."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from kodonb.kumeo.agents.protocol import Dropped, Message, Routed, Several
from kodonb.kumeo.diagnostics.near import meant
from kodonb.kumeo.running.carrying import World, started
from kodonb.kumeo.running.entry import checked
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.plan import Node, Plan
from kodonb.kumeo.running.planning.planning import plan
from kodonb.kumeo.running.staffing.hiring import Kinds
from kodonb.kumeo.running.staffing.rescuing import explained
from kodonb.kumeo.running.telling.shown import ShownTarget
from kodonb.model.event import Event


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent made of an event.

    Attributes:
        agent: Its id.
        state: ``finished``, ``dropped`` or ``failed``.
        output: Its result; for one that dropped the event, why.
        to: Subjects that a router has named.
        seconds: How long it took.
        error: What was wrong.
        events: What it has emitted: kinds with payloads.
    """

    agent: str
    state: str
    output: Any = None
    to: tuple[str, ...] = ()
    seconds: float = 0.0
    error: dict[str, Any] | None = None
    events: list[tuple[str, Any]] = []


def run_agent(
    text: str,
    agent: str,
    value: Any,
    *,
    workflow: str = "",
    folder: str | Path = "",
    kinds: Kinds | None = None,
) -> Trial:
    """Give one agent of a workflow an input, without sources, targets or new tries.

    Args:
        text: The program.
        agent: Id of the agent.
        value: Its input, as it was recorded (see `recorded`) or as it pleases.
        workflow: Name of the workflow; may be left out if there is only one.
        folder: Folder of the program.
        kinds: Types of agents that are known beside those of the language.

    Raises:
        WorkflowError: There is no such agent (KN831).
        KodonbError: The agent cannot be opened.
    """
    place = Path(folder or Path.cwd())
    made = _only(plan(checked(text), workflow, place), agent)
    return asyncio.run(_tried(made, value, place, kinds))


def _only(made: Plan, agent: str) -> Plan:
    """Return a plan with one agent in it."""
    node = made.node(agent)
    declared = node.agent if node is not None else made.spares.get(agent)
    if declared is None:
        known = [each.id for each in made.nodes if each.agent is not None]
        raise WorkflowError(f"{made.name} has no agent {agent!r}", code="KN831", remedy=meant(agent, known))
    alone = Node(index=0, id=agent, agent=declared, bind=lambda flight: flight.message.data)
    return msgspec.structs.replace(made, nodes=(alone,), order=(0,), spares={})


async def _tried(made: Plan, value: Any, folder: Path, kinds: Kinds | None) -> Trial:
    events: list[tuple[str, Any]] = []

    def emit(kind: str, payload: Any) -> None:
        events.append((kind, payload))

    world = World(sources=[], targets=[ShownTarget(emit)])
    async with started(
        made, world, folder, kinds=kinds, emit=emit, environment=os.environ, stands=False
    ) as engine:
        events.clear()
        stage = engine.stages[0]
        message = Message(id="trial", trace="trial", subject="trial", data=value)
        began = time.perf_counter()
        try:
            found = await stage.attempt(value, message)
        except Exception as error:  # noqa: BLE001 - that the agent fails is what one wants to see
            return Trial(
                agent=stage.node.id,
                state="failed",
                error=explained(error),
                seconds=time.perf_counter() - began,
                events=events,
            )
        return _trial(stage.node.id, found, time.perf_counter() - began, events)


def _trial(agent: str, found: Any, seconds: float, events: list[tuple[str, Any]]) -> Trial:
    told = [*events]
    if isinstance(found, Dropped):
        return Trial(agent=agent, state="dropped", output=found.reason, seconds=seconds, events=told)
    to = found.subjects if isinstance(found, Routed) else ()
    output = (
        found.value
        if isinstance(found, Routed)
        else list(found.values)
        if isinstance(found, Several)
        else found
    )
    return Trial(agent=agent, state="finished", output=output, to=to, seconds=seconds, events=told)


def hops(events: Iterable[Event], agent: str, last: int = 5) -> list[dict[str, Any]]:
    """Return the last events that an agent has processed, with input and result, as far as they were told.

    Args:
        events: Events of a run, of kind ``agent``.
        agent: Id of the agent.
        last: How many.
    """
    found = [
        {**each.payload, "offset": each.offset, "at": each.at}
        for each in events
        if isinstance(each.payload, dict)
        and each.payload.get("what") == "hop"
        and each.payload.get("agent") == agent
    ]
    return found[-last:]


def recorded(events: Iterable[Event], agent: str, event: str | int | None = None) -> Any:
    """Return what an agent was given, from the events of a run.

    Args:
        events: Events of a run, of kind ``agent`` or ``error``.
        agent: Id of the agent.
        event: Trace of the event, or offset in the run's events; the last one by default.

    Raises:
        WorkflowError: It was not told, or was too large to be kept (KN833).
    """
    fits = [
        each
        for each in events
        if isinstance(each.payload, dict)
        and each.payload.get("agent") == agent
        and "input" in each.payload
        and (event is None or event in {each.offset, each.payload.get("event")})
    ]
    if not fits:
        which = "no event" if event is None else f"not event {event!r}"
        raise WorkflowError(
            f"the run tells {which} of agent {agent!r}",
            code="KN833",
            remedy="see which there are: %kumeo inspect; when much happens, only some are told",
        )
    value = fits[-1].payload["input"]
    if isinstance(value, dict) and set(value) == {"cut", "bytes"}:
        raise WorkflowError(
            f"the input of agent {agent!r} has {value['bytes']} bytes, and was not kept whole",
            code="KN833",
            remedy="give it the input yourself",
        )
    return value
