"""Stages of a plan: each with its agent, opened, and with all that is declared of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kodonb.kumeo.agents.errors import declared_wrongly
from kodonb.kumeo.agents.protocol import Agent, Batching, Context, Site
from kodonb.kumeo.agents.schemas import schema
from kodonb.kumeo.agents.scope import scope_of_paths
from kodonb.kumeo.expressions import Malformed, condition
from kodonb.kumeo.program import records
from kodonb.kumeo.running.awaited import AwaitedStage
from kodonb.kumeo.running.batched import BatchedStage
from kodonb.kumeo.running.hiring import Kinds, arguments, hired
from kodonb.kumeo.running.plain import JoinStage, PlainStage
from kodonb.kumeo.running.plan import Node, Plan
from kodonb.kumeo.running.policy import Policy, policy
from kodonb.kumeo.running.rescuing import Stand
from kodonb.kumeo.running.settings import Fill
from kodonb.kumeo.running.site import People, WorkflowSite
from kodonb.kumeo.running.stage import Crew, Stage, When
from kodonb.kumeo.running.telling import Telling

PATIENT: Final = frozenset({"HumanReview", "HumanInLoop"})
"""Types whose timeout is the time that a person has; they see to it themselves."""


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
        tally = self.telling.tally(node.id)
        if node.agent is None:
            self.stages[node.index] = JoinStage(node, None, Policy(), self.crew, tally)
            return
        given = {name: self.fill(value) for name, value in arguments(node.agent).items()}
        said = policy(node.id, given, node.agent.timeout)
        if node.agent.type in PATIENT:
            said = msgspec.structs.replace(said, timeout=None)
        site = self.site(node.id, node.index)
        agent = await hired(node.agent, site, self.kinds)
        self.others.append(agent)
        output = given.get("output_schema")
        fits = schema(site, _schema(output)) if output else None
        kind = _kind(agent)
        self.stages[node.index] = kind(
            node, agent, said, self.crew, tally, await _when(node.agent, site), fits
        )

    def site(self, id_: str, index: int = -1) -> WorkflowSite:
        """Return what an agent is given."""

        def parked(change: int) -> None:
            stage = self.stages.get(index)
            if stage is not None:
                stage.parked += change
                self.crew.soon()

        return WorkflowSite(id_, self.folder, self.sections, self.contexts, self.telling, self.people, parked)

    async def stands(self) -> dict[int, Stand]:
        """Return what stands in for agents when they fail, by their number."""
        found: dict[int, Stand] = {}
        for index, stage in self.stages.items():
            if stage.policy.fallback is not None and stage.node.agent is not None:
                found[index] = await self._stand(stage.node.agent, stage.policy.fallback)
        return found

    async def _stand(self, agent: records.Agent, said: Any) -> Stand:
        name = said.removesuffix(".output") if isinstance(said, str) else ""
        other = self.plan.node(name)
        if other is not None:
            return self.stages[other.index].once
        if name in self.plan.spares:
            return await self._opened(self.plan.spares[name], {})
        changes = _engine(agent, said)
        if changes:
            return await self._opened(agent, changes)
        return lambda _inputs, _message: said

    async def _opened(self, declared: records.Agent, changes: dict[str, Any]) -> Stand:
        agent = await hired(declared, self.site(declared.id), self.kinds, **changes)
        self.others.append(agent)
        return agent.process

    async def close(self) -> None:
        """Let all agents close."""
        for stage in self.stages.values():
            if isinstance(stage, PlainStage):
                stage.close()
        for agent in self.others:
            await agent.close()
        self.people.close()


def _kind(agent: Agent) -> type[Stage]:
    if isinstance(agent, Batching):
        return BatchedStage
    return AwaitedStage if inspect.iscoroutinefunction(agent.process) else PlainStage


def _schema(said: Any) -> Any:
    """Return a schema of what may be one in short: names of fields with their types."""
    if (
        isinstance(said, dict)
        and said
        and all(isinstance(each, str) for each in said.values())
        and not _IS_SCHEMA & set(said)
    ):
        return {
            "type": "object",
            "properties": {name: _typed(kind) for name, kind in said.items()},
            "required": [*said],
        }
    return said


_IS_SCHEMA: Final = frozenset({"$ref", "$schema", "type", "properties"})
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
_SHORT: Final = {
    "str": "string",
    "float": "number",
    "int": "integer",
    "bool": "boolean",
    "list": "array",
    "dict": "object",
}


def _typed(kind: str) -> dict[str, Any]:
    known = _SHORT.get(kind, kind)
    return {"type": known} if known in _TYPES else {}


def _engine(agent: records.Agent, said: Any) -> dict[str, Any]:
    """Return how the stand-in of a language model differs from it."""
    if agent.type != "LLM":
        return {}
    if isinstance(said, str) and "/" in said and " " not in said:
        return {"engine": said}
    if isinstance(said, dict) and {"engine", "model", "provider"} & set(said):
        return dict(said)
    return {}


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
