"""Stages of a plan: each with its agent, opened, and with all that is declared of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.protocol import Agent, Batching, Context, Message, Site
from kodonb.kumeo.agents.schemas import schema, unfit
from kodonb.kumeo.agents.scope import scope_of_paths
from kodonb.kumeo.expressions import Malformed, condition
from kodonb.kumeo.program import records
from kodonb.kumeo.running.engine.awaited import AwaitedStage
from kodonb.kumeo.running.engine.batched import BatchedStage
from kodonb.kumeo.running.engine.plain import JoinStage, PlainStage
from kodonb.kumeo.running.engine.policy import Policy, policy
from kodonb.kumeo.running.engine.stage import Crew, Stage, When
from kodonb.kumeo.running.errors import WorkflowError
from kodonb.kumeo.running.planning.plan import Node, Plan
from kodonb.kumeo.running.settings import Fill
from kodonb.kumeo.running.staffing.hiring import Kinds, arguments, hired
from kodonb.kumeo.running.staffing.rescuing import Stand, standing
from kodonb.kumeo.running.staffing.site import People, WorkflowSite
from kodonb.kumeo.running.telling.telling import Telling


class Staff(msgspec.Struct, kw_only=True):
    """All that stages are made with.

    Attributes:
        plan: The plan.
        folder: Folder of the program.
        sections: ``models``, ``schemas``, ``data`` and ``config``.
        contexts: Shared knowledge by type, opened.
        fill: Fills in settings.
        kinds: Types of agents that are known beside those of the language.
        crew: The engine.
        telling: Takes events.
        people: Asks.
    """

    plan: Plan
    folder: Path
    sections: Mapping[str, Mapping[str, Any]]
    contexts: Mapping[str, Context]
    fill: Fill
    kinds: Kinds
    crew: Crew
    telling: Telling
    people: People
    stages: dict[int, Stage] = {}
    others: list[Agent] = []

    async def hire(self) -> list[Stage]:
        """Return the stages, by number, all agents opened.

        Raises:
            KodonbError: An agent is declared wrongly, or cannot be opened.
        """
        done = await asyncio.gather(*(self._stage(node) for node in self.plan.nodes), return_exceptions=True)
        for each in done:
            if isinstance(each, BaseException):
                await self.close()
                raise each
        return [self.stages[node.index] for node in self.plan.nodes]

    async def _stage(self, node: Node) -> None:
        self.stages[node.index] = await self._made(node)

    async def _made(self, node: Node, changes: Mapping[str, Any] | None = None) -> Stage:
        """Return a stage with its agent opened; `changes` are arguments that differ from the declared ones."""
        tally = self.telling.tally(node.id)
        if node.agent is None:
            return JoinStage(node, None, Policy(), self.crew, tally)
        given = {name: self.fill(value) for name, value in arguments(node.agent).items()}
        said = policy(node.id, given, node.agent.timeout)
        site = self.site(node.id, node.index)
        agent = await hired(node.agent, site, self.kinds, **(changes or {}))
        self.others.append(agent)
        if "timeout" in getattr(agent.parameters, "own", ()):
            said = msgspec.structs.replace(said, timeout=None)
        kind = _kind(agent)
        for name in _OF_BATCHES & {name for name, value in given.items() if value}:
            if kind is not BatchedStage:
                self._warn(
                    f"`{name}` of {node.id} means nothing: {node.agent.type} takes one event at a time"
                )
        output = given.get("output_schema")
        fits = schema(site, output) if output else None
        declared = msgspec.structs.replace(node.agent, when=self.fill(node.agent.when))
        when = await _admits(declared, given.get("input_schema"), site)
        return kind(node, agent, said, self.crew, tally, when, fits)

    def _warn(self, text: str) -> None:
        told = {"level": "WARNING", "logger": "kodonb.kumeo", "message": text, "where": self.plan.name}
        self.telling.emit("log", told)

    def site(self, id_: str, index: int = -1) -> WorkflowSite:
        """Return what an agent is given."""

        def parked(change: int) -> None:
            stage = self.stages.get(index)
            if stage is not None:
                stage.parked += change
                self.crew.soon()

        return WorkflowSite(id_, self.folder, self.sections, self.contexts, self.telling, self.people, parked)

    async def stands(self) -> dict[int, Stand]:
        """Return what stands in for agents when they fail, by their number.

        Raises:
            KodonbError: One cannot be opened, or agents stand in for each other.
        """
        found: dict[int, Stand] = {}
        for index, stage in self.stages.items():
            stand = await self._stand(stage, ())
            if stand is not None:
                found[index] = stand
        return found

    async def _stand(self, stage: Stage, former: tuple[str, ...]) -> Stand | None:
        """Return what stands in for an agent; `former` are those that it stands in for itself."""
        said, declared, id_ = stage.policy.fallback, stage.node.agent, stage.node.id
        if said is None or declared is None:
            return None
        name = said.removesuffix(".output") if isinstance(said, str) else ""
        former = (*former, id_)
        if name in former:
            way = " → ".join((*former, name))
            raise WorkflowError(
                f"agents stand in for each other: {way}", remedy="let one have another fallback"
            )
        other = self.plan.node(name)
        if other is not None:
            return standing(self.stages[other.index], None)
        if name in self.plan.spares:
            spare = await self._made(_aside(self.plan.spares[name]))
            return standing(spare, await self._stand(spare, former))
        if changes := _engine(declared, said):
            return standing(await self._made(_aside(declared), changes), None)

        async def value(_inputs: Any, _message: Message) -> Any:
            return said

        return value

    async def close(self) -> None:
        """Let all agents close."""
        for agent in self.others:
            await agent.close()
        self.people.close()


def _kind(agent: Agent) -> type[Stage]:
    if isinstance(agent, Batching):
        return BatchedStage
    return AwaitedStage if inspect.iscoroutinefunction(agent.process) else PlainStage


_OF_BATCHES: Final = frozenset({"batch_size", "batch_wait"})


def _aside(agent: records.Agent) -> Node:
    """Return the place of an agent that events do not pass through."""
    return Node(index=-1, id=agent.id, agent=agent, bind=lambda flight: flight.message.data)


def _engine(agent: records.Agent, said: Any) -> dict[str, Any]:
    """Return how the stand-in of a language model differs from it."""
    if agent.type != "LLM":
        return {}
    if isinstance(said, str) and "/" in said and " " not in said:
        return {"engine": said}
    if isinstance(said, dict) and {"engine", "model", "provider"} & set(said):
        return dict(said)
    return {}


async def _admits(agent: records.Agent, said: Any, site: Site) -> When | None:
    """Return whether an agent is given an input: its condition holds; an input that does not fit raises an error."""
    when = await _when(agent, site)
    if not said:
        return when
    wanted = schema(site, said)

    def admits(inputs: Any, message: Message) -> bool:
        if when is not None and not when(inputs, message):
            return False
        if not wanted.fits(inputs):
            raise unfit(wanted.problems(inputs))
        return True

    return admits


async def _when(agent: records.Agent, site: Site) -> When | None:
    if not agent.when:
        return None
    try:
        test = condition(agent.when)
    except Malformed as error:
        raise declared_wrongly(error.message, error.remedy, where=f"agent {agent.id}, when") from None
    scope = await scope_of_paths(site, test.paths(), None)
    if scope.moving:
        message = "`when` cannot read knowledge that is looked up for every event"
        raise declared_wrongly(message, "let an agent before look it up", where=f"agent {agent.id}")
    fields = scope.fields
    return lambda inputs, message: test.holds(fields(inputs, message))
